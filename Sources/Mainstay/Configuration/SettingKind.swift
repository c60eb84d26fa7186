import Foundation
import HTTPDelivery
import Logging
import Mail
import PostgresClient
import Primitives
import RedisClient

/// A form of values: what is expected, in words, how it is read, and how it is written.
struct SettingKind<Value: Sendable>: Sendable {
    /// Follows "must be".
    let expected: String
    let parse: @Sendable (String) throws(MalformedValue) -> Value
    /// The one spelling of a value, whichever it had; nil where the spelling is the value, or is never shown.
    let write: (@Sendable (Value) -> String)?

    init(
        _ expected: String, writing write: (@Sendable (Value) -> String)? = nil,
        parse: @escaping @Sendable (String) throws(MalformedValue) -> Value
    ) {
        self.expected = expected
        self.parse = parse
        self.write = write
    }

    init(
        _ expected: String, writing write: (@Sendable (Value) -> String)? = nil, accepting parse: @escaping @Sendable (String) -> Value?
    ) {
        self.init(expected, writing: write) { text throws(MalformedValue) in
            guard let value = parse(text) else { throw MalformedValue() }
            return value
        }
    }
}

extension SettingKind where Value == Int {
    static func integer(in range: ClosedRange<Int>) -> SettingKind {
        SettingKind("a whole number from \(range.lowerBound) to \(range.upperBound)", writing: { String($0) }) { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }
}

extension SettingKind where Value == Duration {
    static func duration(in range: ClosedRange<Duration>) -> SettingKind {
        SettingKind("an ISO 8601 duration from \(range.lowerBound.iso8601) to \(range.upperBound.iso8601)", writing: \.iso8601) { text in
            Duration(iso8601: text).flatMap { range.contains($0) ? $0 : nil }
        }
    }
}

extension SettingKind where Value: RawRepresentable<String> & CaseIterable {
    static var choice: SettingKind {
        SettingKind("one of \(Value.allCases.map(\.rawValue).joined(separator: ", "))", writing: \.rawValue) {
            Value(rawValue: $0.lowercased())
        }
    }
}

extension SettingKind {
    /// - Parameter elements: what the parts are, in the plural.
    static func list<Element: Sendable>(
        of elements: String, writing write: @escaping @Sendable (Element) -> String, _ parse: @escaping @Sendable (String) -> Element?
    ) -> SettingKind where Value == [Element] {
        SettingKind("a comma list of \(elements)", writing: { $0.map(write).joined(separator: ",") }) { text throws(MalformedValue) in
            let parts = text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
            var values: [Element] = []
            for (index, part) in parts.enumerated() {
                guard let value = parse(part) else {
                    throw MalformedValue(reason: parts.count == 1 ? nil : "entry \(index + 1) of \(parts.count) is not")
                }
                values.append(value)
            }
            return values
        }
    }
}

extension SettingKind where Value == String {
    static var listeningHost: SettingKind {
        SettingKind("an IP address or a host name") {
            IPAddress($0) != nil || HostName.isValid(HostName.canonical($0)) ? $0 : nil
        }
    }

    static var origin: SettingKind { SettingKind("an http or https origin without a path", writing: \.self) { WebOrigin.canonical($0) } }

    /// Relative to the working directory; used as a whole path.
    static var folder: SettingKind {
        SettingKind("a folder", writing: \.self) { text in
            // A URL may hold a password, which a path shows.
            text.contains("://") ? nil : URL(filePath: text, directoryHint: .notDirectory).standardizedFileURL.path
        }
    }

    static func secret(minimum: Int) -> SettingKind {
        SettingKind("at least \(minimum) characters") { text throws(MalformedValue) in
            guard text.count >= minimum else { throw MalformedValue(reason: "it has \(text.count)") }
            return text
        }
    }

    /// What fits behind `Authorization: Bearer `.
    static func token(_ count: ClosedRange<Int>) -> SettingKind {
        SettingKind("\(count.lowerBound) to \(count.upperBound) visible ASCII characters without spaces") { text throws(MalformedValue) in
            guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { throw MalformedValue(reason: "it has other characters") }
            guard count.contains(text.utf8.count) else { throw MalformedValue(reason: "it has \(text.utf8.count)") }
            return text
        }
    }

    // The libraries' own reasons never repeat what they were given.

    static var postgresURL: SettingKind {
        SettingKind("a PostgreSQL URL", writing: EffectiveURL.postgres) { text throws(MalformedValue) in
            let ports: String
            do throws(PostgresError) {
                ports = try PostgresPoolConfiguration(url: text).effectiveParameters.first { $0.keyword == "port" }?.value ?? ""
            } catch {
                throw MalformedValue(reason: error.message)
            }
            // libpq looks only when it connects; and what stands in a port's place may be a part of a password.
            guard ports.split(separator: ",").allSatisfy({ UInt16($0).map { $0 > 0 } ?? false }) else {
                throw MalformedValue(reason: "the port is no number from 1 to 65535")
            }
            return text
        }
    }

    static var redisURL: SettingKind {
        SettingKind("a redis://, rediss:// or redis+unix:// URL", writing: EffectiveURL.redis) { text throws(MalformedValue) in
            do throws(RedisError) {
                _ = try Redis(url: text, logger: Logger(label: "configuration", factory: { _ in SwiftLogNoOpLogHandler() }))
            } catch {
                throw MalformedValue(reason: error.message)
            }
            return text
        }
    }
}

extension SettingKind where Value == SMTPConfiguration {
    static var smtpURL: SettingKind {
        SettingKind("an smtp:// or smtps:// URL", writing: EffectiveURL.smtp) { text throws(MalformedValue) in
            do throws(MailError) { return try SMTPConfiguration(url: text) } catch { throw MalformedValue(reason: error.detail) }
        }
    }
}

extension SettingKind where Value == MailAddress {
    static var mailAddress: SettingKind {
        SettingKind(
            "an address, or a name and an address in angle brackets",
            writing: { mailbox in mailbox.name.map { "\($0.text) <\(mailbox.address)>" } ?? mailbox.address },
            accepting: { try? MailAddress(parsing: $0) })
    }
}

extension SettingKind where Value == EncryptionKeys {
    static var encryptionKeys: SettingKind {
        SettingKind("a comma list of number:base64, each number once and each key 32 bytes") { EncryptionKeys($0) }
    }
}

/// `scheme://host[:port]`, as browsers write it in `Origin`.
enum WebOrigin {
    /// The origin an http or https URL without anything more stands for, in lower case and without the scheme's own port; nil for others.
    static func canonical(_ text: String) -> String? {
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), let url = URLComponents(string: text),
            let scheme = url.scheme?.lowercased(), scheme == "http" || scheme == "https", let host = url.host?.lowercased(),
            url.path.isEmpty || url.path == "/", url.query == nil, url.fragment == nil, url.user == nil, url.password == nil,
            url.port.map({ (1...65535).contains($0) }) ?? true
        else { return nil }
        let bare = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        let isAddress = IPAddress(bare) != nil
        guard isAddress || HostName.isValid(host) else { return nil }
        let port = url.port.flatMap { $0 == (scheme == "https" ? 443 : 80) ? nil : ":\($0)" } ?? ""
        return "\(scheme)://\(isAddress && bare.contains(":") ? "[\(bare)]" : host)\(port)"
    }
}
