#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// What the system tells of one process.
struct ProcessEntry: Sendable {
    enum State: Sendable {
        case running
        /// By SIGSTOP or a debugger.
        case stopped
        /// Ended; its parent has not asked how yet.
        case ended
    }

    var pid: pid_t
    var parent: pid_t
    var state: State
    /// When it started, in a unit of the system's own: ids are used again, so the id alone says little.
    var started: String

    /// - Returns: `nil` when there is no such process.
    init?(pid: pid_t) {
        #if os(Linux)
        guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return nil }
        // The second field is the program's name in parentheses and may hold anything; behind it come state, parent … start.
        let fields = stat.split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 19, let parent = pid_t(fields[1]) else { return nil }
        self.pid = pid
        self.parent = parent
        started = String(fields[19])
        state =
            switch fields[0] {
            case "T", "t": .stopped
            case "Z", "X": .ended
            default: .running
            }
        #else
        var info = proc_bsdinfo()
        let size = Int32(MemoryLayout<proc_bsdinfo>.size)
        guard proc_pidinfo(pid, PROC_PIDTBSDINFO, 0, &info, size) == size else { return nil }
        self.pid = pid
        parent = pid_t(info.pbi_ppid)
        started = "\(info.pbi_start_tvsec).\(info.pbi_start_tvusec)"
        state =
            switch Int32(info.pbi_status) {
            case SSTOP: .stopped
            case SZOMB: .ended
            default: .running
            }
        #endif
    }

    /// The process `root` and all below it, parents first; empty when it is gone.
    static func tree(below root: pid_t) -> [ProcessEntry] {
        var children: [pid_t: [ProcessEntry]] = [:]
        for entry in allPIDs().compactMap({ ProcessEntry(pid: $0) }) { children[entry.parent, default: []].append(entry) }
        var found = [ProcessEntry(pid: root)].compactMap(\.self)
        var next = 0
        while next < found.count {
            found += children[found[next].pid] ?? []
            next += 1
        }
        return found
    }

    private static func allPIDs() -> [pid_t] {
        #if os(Linux)
        return listing(of: "/proc").compactMap { pid_t($0) }
        #else
        var pids = [pid_t](repeating: 0, count: Int(proc_listallpids(nil, 0)) + 64)
        let count = proc_listallpids(&pids, Int32(pids.count * MemoryLayout<pid_t>.size))
        return Array(pids.prefix(Int(max(0, count))))
        #endif
    }
}

/// A process and when it started.
struct ProcessIdentity: Hashable, Sendable {
    var pid: pid_t
    /// Empty where the system does not tell.
    var started: String

    init(pid: pid_t) {
        self.pid = pid
        started = ProcessEntry(pid: pid)?.started ?? ""
    }

    init(_ entry: ProcessEntry) {
        pid = entry.pid
        started = entry.started
    }

    init?(text: String) {
        let parts = text.split(whereSeparator: \.isWhitespace)
        guard let first = parts.first, let pid = pid_t(first) else { return nil }
        self.pid = pid
        started = parts.dropFirst().first.map(String.init) ?? ""
    }

    static var current: ProcessIdentity { ProcessIdentity(pid: getpid()) }

    var text: String { "\(pid) \(started)\n" }

    /// Whether it does nothing any more, be it that its parent has not asked yet how it ended.
    var hasEnded: Bool {
        guard let entry = ProcessEntry(pid: pid), entry.started == started else { return true }
        return entry.state == .ended
    }
}

func processExists(_ pid: pid_t) -> Bool {
    kill(pid, 0) == 0 || errno == EPERM
}
