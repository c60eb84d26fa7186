public import JSON

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension RawJSON {
    /// A value of one's own as JSON; dates are written as seconds since 2001, as `JSONEncoder` does unless told otherwise.
    /// - Throws: `EncodingError`
    public init(encoding value: some Encodable) throws {
        self.init(unchecked: Array(try JSONEncoder().encode(value)))
    }

    /// - Throws: `DecodingError`
    public func decode<T: Decodable>(_ type: T.Type = T.self) throws -> T {
        try JSONDecoder().decode(type, from: Data(bytes))
    }
}

extension JSONValue {
    /// A value of one's own, as a processor's answer, say.
    /// - Throws: `EncodingError`
    public init(encoding value: some Encodable) throws {
        try self.init(parsing: try RawJSON(encoding: value).bytes)
    }
}

extension Job {
    /// ``data`` as a type of one's own.
    /// - Throws: `DecodingError`; a processor that lets it through fails the try.
    public func decode<T: Decodable>(_ type: T.Type = T.self) throws -> T {
        try data.decode(type)
    }
}

extension NewJob {
    /// - Throws: `EncodingError`
    public init(_ name: String, encoding value: some Encodable, options: JobOptions = JobOptions()) throws {
        self.init(name, data: try RawJSON(encoding: value), options: options)
    }
}
