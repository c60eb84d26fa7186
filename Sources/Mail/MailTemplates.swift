import Foundation
import Mustache

/// Writes messages from templates: the program's own, each part of which a file in a folder can replace.
public struct MailTemplates: Sendable {
    private struct Compiled: Sendable {
        let subject: MustacheTemplate
        let text: MustacheTemplate
        let html: MustacheTemplate
    }

    private let compiled: [String: Compiled]

    /// - Parameter folder: Where `<name>.subject.mustache`, `<name>.text.mustache` and `<name>.html.mustache` are looked for, once.
    /// - Throws: ``MailError`` `.invalid` naming the folder that is none, or the file that is no template.
    public init(_ templates: [MailTemplate], overriddenIn folder: String? = nil) throws(MailError) {
        if let folder {
            // Nothing in it may be meant; nothing at all is a mistake that would show in what people get to read.
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue else {
                throw MailError(.invalid, "There is no folder \(folder) for mail templates to be looked for. Name one, or leave it out.")
            }
        }
        var compiled: [String: Compiled] = [:]
        for template in templates {
            func part(_ part: String, _ own: String, isText: Bool) throws(MailError) -> MustacheTemplate {
                let file = folder.map { "\($0)/\(template.name).\(part).mustache" }
                let given = file.flatMap { FileManager.default.contents(atPath: $0) }.map { String(decoding: $0, as: UTF8.self) }
                if given == nil, let file, FileManager.default.fileExists(atPath: file) {
                    throw MailError(.invalid, "The mail template \(file) cannot be read. Give this process the right to.")
                }
                // Only HTML escapes.
                let pragma = isText ? "{{% CONTENT_TYPE:TEXT}}" : ""
                do {
                    return try MustacheTemplate(string: pragma + (given ?? own))
                } catch {
                    throw MailError(.invalid, "The mail template \(given == nil ? template.name : file ?? "") cannot be read: \(error)")
                }
            }
            compiled[template.name] = Compiled(
                subject: try part("subject", template.subject, isText: true), text: try part("text", template.text, isText: true),
                html: try part("html", template.html, isText: false))
        }
        self.compiled = compiled
    }

    /// The message of a template with these values.
    ///
    /// - Throws: ``MailError`` `.invalid` for a name that no template has.
    public func message(
        _ name: String, _ values: [String: String], from: MailAddress, to receiver: MailAddress
    ) throws(MailError) -> MailMessage {
        guard let template = compiled[name] else { throw MailError(.invalid, "There is no mail template named \(name).") }
        let subject = template.subject.render(values).split(whereSeparator: \.isNewline).joined(separator: " ")
        return MailMessage(
            from: from, to: [receiver], subject: HeaderText(stripping: subject), text: template.text.render(values),
            html: template.html.render(values))
    }
}
