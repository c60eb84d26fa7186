import Primitives

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Where the story is told: a sink for lines, and whether they may be coloured.
struct DemoOutput: Sendable {
    let isColored: Bool
    private let write: @Sendable (String) -> Void

    /// - Parameter write: Gets one line at a time, without its line feed.
    init(isColored: Bool = false, write: @escaping @Sendable (String) -> Void) {
        self.isColored = isColored
        self.write = write
    }

    /// Standard output, line by line; coloured when it is a terminal and `NO_COLOR` is unset or empty (no-color.org).
    static func standard(environment: [String: String]) -> DemoOutput {
        let isColored = isatty(STDOUT_FILENO) == 1 && (environment["NO_COLOR"] ?? "").isEmpty
        return DemoOutput(isColored: isColored) { line in writeAll(Array("\(line)\n".utf8)) }
    }

    func line(_ text: String = "") { write(text) }

    func headline(_ text: String) { write(styled(text, "1")) }

    func note(_ text: String) { write(styled(text, "2")) }

    /// A mark, the title, and the time at the right edge; below it what was seen and the command lines.
    func step(_ number: Int, _ step: DemoReport.Step) {
        let time = Self.text(of: step.elapsed)
        let head = "\(padded(String(number), to: 2, onLeft: true))  \(step.title)"
        line("\(styled("✓", "32")) \(padded(head, to: Self.width - 2 - time.count))\(styled(time, "2"))")
        for text in step.seen { line("      \(text)") }
        for command in step.curl { commandLine(command) }
        line()
    }

    func failure(_ number: Int, title: String, _ failure: DemoFailure) {
        line("\(styled("✗", "31")) \(padded(String(number), to: 2, onLeft: true))  \(styled(title, "1"))")
        line("      \(styled(failure.detail, "31"))")
        if let hint = failure.hint { line("      \(hint)") }
        line()
    }

    func commandLine(_ command: String) {
        for (index, part) in command.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            line(styled("      \(index == 0 ? "$ " : "  ")\(part)", "2"))
        }
    }

    /// `412 ms`, `2.31 s`.
    static func text(of duration: Duration) -> String {
        let milliseconds = duration.milliseconds
        guard milliseconds >= 1000 else { return "\(milliseconds) ms" }
        let hundredths = String(milliseconds / 10 % 100)
        return "\(milliseconds / 1000).\(hundredths.count == 1 ? "0" + hundredths : hundredths) s"
    }

    private static let width = 78

    private func padded(_ text: String, to width: Int, onLeft: Bool = false) -> String {
        let padding = String(repeating: " ", count: max(0, width - text.count))
        return onLeft ? padding + text : text + padding
    }

    private func styled(_ text: String, _ code: String) -> String { isColored ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text }

    /// Goes past the C library's buffer, so that lines appear at once and in order with a log on the same terminal.
    private static func writeAll(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { posixWrite(STDOUT_FILENO, $0.baseAddress, $0.count) }
            // A closed pipe ends the telling, not the story.
            guard count > 0 || errno == EINTR else { return }
            rest = rest.dropFirst(max(0, count))
        }
    }
}

/// `write` under a name that does not meet ``DemoOutput``'s own.
private func posixWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int { write(descriptor, bytes, count) }
