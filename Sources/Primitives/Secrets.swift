/// Whether both are equal, in a time that depends on their lengths alone.
public func constantTimeEquals(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard left.count == right.count else { return false }
    var difference: UInt8 = 0
    for index in left.indices { difference |= left[index] ^ right[index] }
    return difference == 0
}

/// Whether the UTF-8 forms are equal, in a time that depends on their lengths alone.
public func constantTimeEquals(_ left: String, _ right: String) -> Bool {
    constantTimeEquals(Array(left.utf8), Array(right.utf8))
}

/// Bytes and texts from the operating system's secure generator.
public enum SecureRandom {
    /// The characters a random text is made of.
    public struct Alphabet: Sendable {
        fileprivate let characters: [UInt8]
        /// a-z and A-Z: 5.7 bits a character.
        public static let letters = Alphabet(characters: Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8))
        /// a-z, A-Z and 0-9: 5.95 bits a character.
        public static let alphanumeric = Alphabet(
            characters: Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".utf8))
        /// a-z and 0-9: 5.17 bits a character.
        public static let lowercaseAlphanumeric = Alphabet(characters: Array("abcdefghijklmnopqrstuvwxyz0123456789".utf8))
    }

    public static func bytes(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }

    /// `count` characters, each equally likely.
    public static func string(_ count: Int, alphabet: Alphabet) -> String {
        var generator = SystemRandomNumberGenerator()
        return String(unsafeUninitializedCapacity: count) { buffer in
            for index in 0..<count {
                buffer[index] = alphabet.characters[Int.random(in: 0..<alphabet.characters.count, using: &generator)]
            }
            return count
        }
    }
}
