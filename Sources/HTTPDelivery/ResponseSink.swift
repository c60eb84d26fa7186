/// Gathers a response as it arrives, and says when enough has come.
struct ResponseSink {
    enum Verdict: Hashable {
        case goOn
        /// What was promised is there; the rest is too much to read.
        case stop
        case headersTooLarge
    }

    private let maximumBodyBytes: Int
    private let maximumDiscardedBytes: Int
    private let maximumHeaderBytes: Int
    private var headerBytes = 0
    private var discardedBytes = 0
    private var isInterim = false
    /// Whether the head of the final response has come whole: from then on its status counts, whatever becomes of the body.
    private(set) var headersAreComplete = false
    private(set) var headers: [(String, String)] = []
    private(set) var body: [UInt8] = []

    init(maximumBodyBytes: Int, maximumDiscardedBytes: Int, maximumHeaderBytes: Int) {
        self.maximumBodyBytes = maximumBodyBytes
        self.maximumDiscardedBytes = maximumDiscardedBytes
        self.maximumHeaderBytes = maximumHeaderBytes
    }

    /// Whether the body is longer than what is kept.
    var isTruncated: Bool { discardedBytes > 0 }

    /// Takes one line of the header: a status line, a field or the empty line at its end. Trailers come here too and are dropped.
    mutating func header(_ line: some Collection<UInt8>) -> Verdict {
        headerBytes += line.count
        guard headerBytes <= maximumHeaderBytes else { return .headersTooLarge }
        let text = String(decoding: line, as: UTF8.self)
        if text.hasPrefix("HTTP/"), !headersAreComplete {
            // Each interim response (1xx) begins anew; only the last one counts.
            headers.removeAll(keepingCapacity: true)
            isInterim = text.split(separator: " ").dropFirst().first?.hasPrefix("1") ?? false
        } else if text == "\r\n" || text == "\n" {
            headersAreComplete = !isInterim
        } else if !headersAreComplete, let colon = text.firstIndex(of: ":") {
            headers.append((Self.trimmed(text[..<colon]), Self.trimmed(text[text.index(after: colon)...])))
        }
        return .goOn
    }

    mutating func body(_ chunk: some Collection<UInt8>) -> Verdict {
        let kept = min(chunk.count, maximumBodyBytes - body.count)
        body.append(contentsOf: chunk.prefix(kept))
        discardedBytes += chunk.count - kept
        return discardedBytes > maximumDiscardedBytes ? .stop : .goOn
    }

    private static func trimmed(_ text: Substring) -> String {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0.isNewline }
        guard let first = text.firstIndex(where: { !isSpace($0) }), let last = text.lastIndex(where: { !isSpace($0) }) else { return "" }
        return String(text[first...last])
    }
}
