import COpenSSL

/// The scrypt key derivation of RFC 7914, by OpenSSL.
enum Scrypt {
    struct Failure: Error {}

    /// Derives a key; blocks the calling thread and takes `128 * n * r` bytes of memory meanwhile.
    static func key(password: [UInt8], salt: [UInt8], n: UInt64, r: UInt64, p: UInt64, length: Int) throws(Failure) -> [UInt8] {
        let key = [UInt8](unsafeUninitializedCapacity: length) { output, count in
            // OpenSSL insists on a C string for the password, but reads only the length given.
            let result = password.withUnsafeBytes { password in
                EVP_PBE_scrypt(
                    password.baseAddress?.assumingMemoryBound(to: CChar.self), password.count,
                    salt, salt.count, n, r, p, 128 * n * r * 2, output.baseAddress, length
                )
            }
            count = result == 1 ? length : 0
        }
        guard key.count == length else { throw Failure() }
        return key
    }
}
