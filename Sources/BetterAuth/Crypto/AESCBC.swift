import COpenSSL

/// AES-256 in CBC mode with PKCS#7 padding, by OpenSSL. It proves nothing about where a text comes from: check a MAC first.
enum AESCBC {
    static let blockLength = 16

    /// nil when OpenSSL has no memory.
    static func encrypt(_ plain: [UInt8], key: [UInt8], iv: [UInt8]) -> [UInt8]? { run(plain, key: key, iv: iv, encrypts: true) }

    /// nil for a text that is no whole number of blocks, or whose padding is wrong.
    static func decrypt(_ text: [UInt8], key: [UInt8], iv: [UInt8]) -> [UInt8]? { run(text, key: key, iv: iv, encrypts: false) }

    private static func run(_ input: [UInt8], key: [UInt8], iv: [UInt8], encrypts: Bool) -> [UInt8]? {
        // OpenSSL reads that much without being told how much there is.
        guard key.count == 32, iv.count == blockLength, let context = EVP_CIPHER_CTX_new() else { return nil }
        defer { EVP_CIPHER_CTX_free(context) }
        guard EVP_CipherInit_ex(context, EVP_aes_256_cbc(), nil, key, iv, encrypts ? 1 : 0) == 1 else { return nil }
        var isDone = false
        let output = [UInt8](unsafeUninitializedCapacity: input.count + blockLength) { buffer, count in
            var written: Int32 = 0
            var last: Int32 = 0
            guard let start = buffer.baseAddress, EVP_CipherUpdate(context, start, &written, input, Int32(input.count)) == 1,
                EVP_CipherFinal_ex(context, start + Int(written), &last) == 1
            else { return }
            count = Int(written + last)
            isDone = true
        }
        return isDone ? output : nil
    }
}
