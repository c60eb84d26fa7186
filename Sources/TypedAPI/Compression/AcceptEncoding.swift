import HTTPTypes
import Hummingbird

extension Request {
    /// Whether the caller takes gzip, and no less gladly than the bytes as they are: RFC 9110, section 12.5.3.
    var acceptsGzip: Bool { headers.value(of: .acceptEncoding).map(AcceptEncoding.wantsGzip) ?? false }
}

enum AcceptEncoding {
    static func wantsGzip(_ header: String) -> Bool {
        guard let entries = FieldText.split(header[...], at: UInt8(ascii: ",")) else { return false }
        var weights: [String: Int] = [:]
        for entry in entries {
            guard let parts = FieldText.split(entry, at: UInt8(ascii: ";")), let coding = parts.first, parts.count <= 2 else {
                return false
            }
            var weight: Int? = 1000
            if parts.count == 2 {
                guard let parameter = FieldText.parameter(parts[1]), parameter.name == "q" else { return false }
                weight = FieldText.weight(parameter.value)
            }
            // A weight that is none is no wish.
            let name = coding.lowercased()
            weights[name == "x-gzip" ? "gzip" : name] = weight ?? 0
        }
        let gzip = weights["gzip"] ?? weights["*"] ?? 0
        return gzip > 0 && gzip >= weights["identity"] ?? 0
    }
}
