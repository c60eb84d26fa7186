#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The member names a declared object has, or the values an enumeration of strings has.
///
/// They are literals: at hand without an allocation, and without quotes, backslashes and control characters (the macro sees to that).
public struct JSONNames: Sendable {
    let entries: [StaticString]

    public init(_ entries: [StaticString]) { self.entries = entries }

    public var count: Int { entries.count }

    /// The name at that place.
    public subscript(index: Int) -> String { entries[index].description }

    func matches(_ bytes: UnsafePointer<UInt8>, at index: Int) -> Bool {
        memcmp(entries[index].utf8Start, bytes, entries[index].utf8CodeUnitCount) == 0
    }

    func index(of bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        guard let start = bytes.baseAddress else { return nil }
        return entries.indices.first { entries[$0].utf8CodeUnitCount == bytes.count && matches(start, at: $0) }
    }

    /// The place of a name, compared byte for byte.
    public func index(of name: String) -> Int? {
        var name = name
        return name.withUTF8 { index(of: $0) }
    }
}
