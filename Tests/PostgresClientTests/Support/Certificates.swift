import Foundation

/// Two authorities made by openssl, and a server's certificate for `localhost` signed by the first.
struct Certificates {
    let folder: String

    var authority: String { folder + "/authority.crt" }
    var stranger: String { folder + "/stranger.crt" }
    /// What the server has to be told.
    var settings: String { "ssl=on\nssl_cert_file='\(folder)/server.crt'\nssl_key_file='\(folder)/server.key'" }

    init(in folder: String) throws {
        self.folder = folder
        for name in ["authority", "stranger"] {
            try TestServer.run(
                "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=\(name)"
                    + " -keyout \(folder)/\(name).key -out \(folder)/\(name).crt")
        }
        try TestServer.run(
            "openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -keyout \(folder)/server.key"
                + " -out \(folder)/server.csr")
        try "subjectAltName=DNS:localhost".write(toFile: folder + "/server.ext", atomically: true, encoding: .utf8)
        try TestServer.run(
            "openssl x509 -req -in \(folder)/server.csr -CA \(authority) -CAkey \(folder)/authority.key -CAcreateserial -days 2"
                + " -extfile \(folder)/server.ext -out \(folder)/server.crt && chmod 600 \(folder)/server.key")
    }
}
