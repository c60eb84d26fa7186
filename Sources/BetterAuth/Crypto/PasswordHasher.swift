import Foundation
import Primitives

/// Password hashes byte-compatible with better-auth: `"<salt hex>:<key hex>"`, scrypt with N 16384, r 16, p 1 and 64 bytes.
///
/// The salt that enters scrypt is the 32-character hex text itself, not the 16 bytes it spells; the password enters in NFKC form.
struct PasswordHasher: Sendable {
    private let lane: BlockingLane
    private let length: ClosedRange<Int>

    init(concurrency: Int, maximumWaiting: Int, length: ClosedRange<Int> = 8...128) {
        self.length = length
        lane = BlockingLane(label: "auth-hashing", width: concurrency, maximumWaiting: maximumWaiting, niceness: Self.niceness)
    }

    /// Every processor: hashing gives way to whatever else the server has to do.
    static var defaultConcurrency: Int { ProcessInfo.processInfo.activeProcessorCount }

    /// Enough that a thread which serves does not wait for those that hash, and little enough that hashing does not starve beside other
    /// programs.
    private static let niceness = 5

    /// Whether a new password is of an allowed length, in UTF-16 code units.
    func check(_ password: String) throws(AuthError) {
        if password.utf16.count < length.lowerBound { throw AuthError(.badRequest, .passwordTooShort) }
        if password.utf16.count > length.upperBound { throw AuthError(.badRequest, .passwordTooLong) }
    }

    /// A new hash of the password with a random salt.
    func hash(_ password: String) async throws -> String {
        let salt = Hex.encode(SecureRandom.bytes(16))
        return "\(salt):\(Hex.encode(try await key(password, salt: salt)))"
    }

    /// Whether the stored hash belongs to the password. A stored value of another form never does.
    func verify(_ password: String, against stored: String) async throws -> Bool {
        let parts = stored.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, let expected = Hex.decode(String(parts[1])), expected.count == Self.keyLength else {
            try await wasteTheSameTime(on: password)
            return false
        }
        return constantTimeEquals(try await key(password, salt: String(parts[0])), expected)
    }

    /// One derivation whose result nobody needs: an unknown user must take as long as a wrong password.
    func wasteTheSameTime(on password: String) async throws {
        _ = try await key(password, salt: "00000000000000000000000000000000")
    }

    private static let keyLength = 64

    private func key(_ password: String, salt: String) async throws -> [UInt8] {
        do {
            let result = try await lane.run { () -> Result<[UInt8], Scrypt.Failure> in
                let normalized = Array(password.precomposedStringWithCompatibilityMapping.utf8)
                return Result { () throws(Scrypt.Failure) in
                    try Scrypt.key(
                        password: normalized, salt: Array(salt.utf8), n: 16384, r: 16, p: 1, length: Self.keyLength)
                }
            }
            return try result.get()
        } catch BlockingLane.Refusal.busy {
            throw AuthError(.unavailable, .serviceUnavailable)
        } catch BlockingLane.Refusal.cancelled {
            throw CancellationError()
        }
    }
}
