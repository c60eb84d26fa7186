public import HTTPTypes
public import Hummingbird
import JSON
import NIOCore
import NIOPosix

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A file of the server's disk, or a part of it: 200, 206, 304 or 416.
///
/// It is read as it is sent, off the event loops. A request may ask for one range of bytes.
public struct FileReply: EndpointOutput {
    private let path: String
    private let mediaType: String
    private let size: Int
    private let tag: EntityTag
    private let headers: HTTPFields
    private let context: any RequestContext

    /// - Parameters:
    ///   - path: must not come from the caller as it is.
    ///   - attachment: what the browser is to save it as, rather than show it.
    /// - Returns: nil when there is no such file, or it is none that can be read.
    public static func open(
        _ path: String, as mediaType: String, attachment: String? = nil, headers: HTTPFields = [:], in context: some RequestContext
    ) async throws -> FileReply? {
        // Asking the disk can block, which an event loop must not.
        let status = try await NIOThreadPool.singleton.runIfActive { () -> (size: Int, changed: Date)? in
            let files = FileManager.default
            guard let attributes = try? files.attributesOfItem(atPath: path), attributes[.type] as? FileAttributeType == .typeRegular,
                files.isReadableFile(atPath: path), let size = attributes[.size] as? UInt64,
                let changed = attributes[.modificationDate] as? Date
            else { return nil }
            return (Int(clamping: size), changed)
        }
        guard let status else { return nil }
        var headers = headers
        if let attachment { headers[.contentDisposition] = disposition(attachment) }
        let tag = EntityTag("\(status.size)-\(Int64(status.changed.timeIntervalSince1970 * 1_000_000))")
        return FileReply(path: path, mediaType: mediaType, size: status.size, tag: tag, headers: headers, context: context)
    }

    /// RFC 6266: plain where that is possible, and in UTF-8.
    static func disposition(_ name: String) -> String {
        let plain = String(name.unicodeScalars.map { $0.isASCII && $0.value >= 0x20 && $0 != "\"" && $0 != "\\" ? Character($0) : "_" })
        let encoded = name.utf8.map { byte in
            switch byte {
            case 48...57, 65...90, 97...122, 45, 46, 95, 126: String(UnicodeScalar(byte))
            default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return "attachment; filename=\"\(plain)\"; filename*=UTF-8''\(encoded.joined())"
    }

    public func response(to request: Request) throws -> Response {
        var headers = headers
        headers[.eTag] = tag.description
        headers[.acceptRanges] = "bytes"
        if headers[.cacheControl] == nil { headers[.cacheControl] = "no-cache" }
        guard !request.isCurrent(tag) else { return Response(status: .notModified, headers: headers) }
        headers[.contentType] = mediaType
        // Of another method, ranges say nothing (RFC 9110, section 14.2).
        let ranges = request.method == .get ? request.headers[.range] : nil
        // A range of another version would be joined with the wrong rest.
        let isSameVersion = request.headers[.ifRange].map { $0 == tag.description } ?? true
        switch isSameVersion ? ranges.flatMap({ ByteRange($0, size: size) }) : nil {
        case nil:
            return Response(status: .ok, headers: headers, body: body(0..<size))
        case .part(let range):
            headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)"
            return Response(status: .partialContent, headers: headers, body: body(range))
        case .unsatisfiable:
            throw Problem(.rangeNotSatisfiable, headers: [.contentRange: "bytes */\(size)"])
        }
    }

    private func body(_ range: Range<Int>) -> ResponseBody {
        guard !range.isEmpty else { return ResponseBody() }
        let (path, context) = (path, context)
        return ResponseBody(contentLength: range.count) { writer in
            let part = try await FileIO().loadFile(path: path, range: range.lowerBound...range.upperBound - 1, context: context)
            // It may have shrunk since; fewer bytes than announced would leave the caller waiting.
            guard part.contentLength == range.count else { throw HTTPError(.internalServerError) }
            try await part.write(writer)
        }
    }

    public static func describe(in catalog: inout SchemaCatalog) -> [ResponseDescription] {
        let tag = HeaderDescription("ETag", "The version of the file.", isRequired: true)
        return [
            ResponseDescription(status: 200, description: "The file", mediaType: "application/octet-stream", headers: [tag]),
            ResponseDescription(
                status: 206, description: "The part of it that Range asks for", mediaType: "application/octet-stream", headers: [tag]),
            ResponseDescription(status: 304, description: "The version in If-None-Match is the current one", headers: [tag]),
        ]
    }
}

/// One range of a header `Range`. Several at once are answered as if none had been asked for, which a server may do.
enum ByteRange: Equatable {
    case part(Range<Int>)
    case unsatisfiable

    init?(_ header: String, size: Int) {
        guard let equals = header.firstIndex(of: "="), header[..<equals].lowercased() == "bytes",
            let ranges = FieldText.split(header[header.index(after: equals)...], at: UInt8(ascii: ",")), ranges.count == 1
        else { return nil }
        let bounds = ranges[0].split(separator: "-", omittingEmptySubsequences: false)
        func number(_ text: Substring) -> Int?? {
            if text.isEmpty { return .some(nil) }
            guard text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
            return Int(text) ?? .max
        }
        guard bounds.count == 2, let first = number(bounds[0]), let last = number(bounds[1]) else { return nil }
        switch (first, last) {
        case (nil, nil): return nil
        case (nil, let count?): self = count == 0 || size == 0 ? .unsatisfiable : .part(max(0, size - count)..<size)
        case (let first?, let last):
            if let last, last < first { return nil }
            self = first < size ? .part(first..<min(last ?? .max, size - 1) + 1) : .unsatisfiable
        }
    }
}
