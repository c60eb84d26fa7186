import Crypto
import Foundation
import Primitives

/// Seals secrets at rest with AES-256-GCM under numbered keys, so that keys can rotate: the first seals, every one opens.
///
/// A sealed value is one byte of format (1), four bytes of key number, twelve of nonce, the ciphertext, sixteen of tag.
public struct EncryptionKeys: Sendable, CustomStringConvertible {
    private let keys: [(number: UInt32, key: SymmetricKey)]

    /// The numbers of the keys; the first seals.
    public var numbers: [UInt32] { keys.map(\.number) }

    /// Parses `2:base64,1:base64`; nil unless every key has 32 bytes and a number of its own.
    public init?(_ text: String) {
        var keys: [(number: UInt32, key: SymmetricKey)] = []
        for part in text.split(separator: ",") {
            let halves = part.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            guard halves.count == 2, let number = UInt32(halves[0]), let bytes = Base64.decode(halves[1]), bytes.count == 32,
                !keys.contains(where: { $0.number == number })
            else { return nil }
            keys.append((number, SymmetricKey(data: bytes)))
        }
        guard !keys.isEmpty else { return nil }
        self.keys = keys
    }

    /// - Parameter context: what the value belongs to, such as a row's id; opening needs the same, so that sealed values cannot be swapped.
    public func seal(_ plain: [UInt8], context: String) throws -> [UInt8] {
        guard let current = keys.first else { throw SealingError(detail: "There is no encryption key; set ENCRYPTION_KEYS.") }
        let box = try AES.GCM.seal(plain, using: current.key, authenticating: Array(context.utf8))
        var sealed: [UInt8] = [1]
        withUnsafeBytes(of: current.number.bigEndian) { sealed.append(contentsOf: $0) }
        sealed.append(contentsOf: box.nonce)
        sealed.append(contentsOf: box.ciphertext)
        sealed.append(contentsOf: box.tag)
        return sealed
    }

    public func open(_ sealed: [UInt8], context: String) throws -> [UInt8] {
        guard sealed.count >= 33, sealed[0] == 1 else { throw SealingError(detail: "Not a sealed value.") }
        let number = sealed[1..<5].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        guard let key = keys.first(where: { $0.number == number })?.key else {
            throw SealingError(detail: "Sealed under key \(number), which ENCRYPTION_KEYS does not hold; add it back.")
        }
        do {
            let box = try AES.GCM.SealedBox(
                nonce: AES.GCM.Nonce(data: sealed[5..<17]), ciphertext: sealed[17..<(sealed.count - 16)], tag: sealed.suffix(16))
            return Array(try AES.GCM.open(box, using: key, authenticating: Array(context.utf8)))
        } catch {
            throw SealingError(detail: "A value sealed under key \(number) does not open; the key's bytes may have changed.")
        }
    }

    public var description: String { "EncryptionKeys(\(numbers.map { String($0) }.joined(separator: ", ")))" }
}

/// A secret that cannot be sealed or opened.
public struct SealingError: Error, Sendable, CustomStringConvertible {
    public let detail: String
    public var description: String { detail }
}
