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

/// The right to run servers in a folder. The kernel frees it when the owner and its supervisors, which hold copies, are all gone.
struct FolderLock: Sendable {
    let descriptor: OwnedDescriptor

    /// Takes the lock, waiting only while a dead owner's supervisors are still stopping its servers.
    /// - Returns: nil when the folder was removed meanwhile, as a dead owner may have wished.
    static func take(_ folder: String, patience: Duration = .seconds(45)) async throws(DevServicesError) -> FolderLock? {
        let path = folder + "/lock"
        let number = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard number >= 0 else {
            if errno == ENOENT { return nil }
            throw DevServicesError(.folderUnusable, "Could not open \(path): \(systemMessage())")
        }
        let lock = FolderLock(descriptor: OwnedDescriptor(number))
        let start = ContinuousClock.now
        let deadline = start + patience
        while flock(number, LOCK_EX | LOCK_NB) != 0 {
            let owner = ProcessIdentity(text: (try? String(contentsOfFile: path, encoding: .utf8)) ?? "")
            // A process that is being killed may still look alive; a zombie holds nothing.
            if let owner, !owner.hasEnded, ContinuousClock.now - start > .seconds(1) {
                throw DevServicesError(
                    .folderInUse, "\(folder) is in use: process \(owner.pid) runs its servers there. Stop it, or choose another folder.")
            }
            guard ContinuousClock.now < deadline else {
                throw DevServicesError(.folderInUse, "\(folder) is in use: servers of an earlier run are still stopping there.")
            }
            try await sleep(.milliseconds(50))
        }
        guard lock.isFile(at: path) else { return nil }
        let text = Array(ProcessIdentity.current.text.utf8)
        guard ftruncate(number, 0) == 0, pwrite(number, text, text.count, 0) == text.count else {
            throw DevServicesError(.folderUnusable, "Could not write \(path): \(systemMessage())")
        }
        return lock
    }

    /// Whether what is locked is what others would find there.
    private func isFile(at path: String) -> Bool {
        var (locked, found) = (stat(), stat())
        return fstat(descriptor.number, &locked) == 0 && stat(path, &found) == 0 && locked.st_ino == found.st_ino
            && locked.st_dev == found.st_dev
    }
}

/// Sleeps, turning cancellation into our error.
func sleep(_ duration: Duration) async throws(DevServicesError) {
    do { try await Task.sleep(for: duration) } catch { throw DevServicesError(.cancelled, "Waiting for the servers was cancelled.") }
}
