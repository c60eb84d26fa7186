/// A request as a command line for `curl`, quoted for a POSIX shell.
struct CurlCommand {
    let url: String
    var headers: [(String, String)] = []
    /// JSON; with it the request is a POST, without it a GET.
    var body: String?
    var cookies: Cookies?

    /// What to do with the file that keeps cookies between commands.
    enum Cookies {
        case save(String)
        case send(String)
    }

    /// On one line when it is short, else an option a line.
    var text: String {
        var parts = ["curl -sS \(Self.quoted(url))"]
        switch cookies {
        case .save(let file): parts.append("-c \(Self.quoted(file))")
        case .send(let file): parts.append("-b \(Self.quoted(file))")
        case nil: break
        }
        for (name, value) in headers { parts.append("-H \(Self.quoted("\(name): \(value)"))") }
        if let body {
            parts.append("-H 'Content-Type: application/json'")
            parts.append("-d \(Self.quoted(body))")
        }
        let single = parts.joined(separator: " ")
        return single.count <= 100 ? single : parts.joined(separator: " \\\n  ")
    }

    /// In single quotes unless every character is harmless to a shell.
    static func quoted(_ text: String) -> String {
        let isPlain = !text.isEmpty && text.utf8.allSatisfy { isAlphanumeric($0) || "-_./:@%+=,".utf8.contains($0) }
        if isPlain { return text }
        return "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: false
        }
    }
}
