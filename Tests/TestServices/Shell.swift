import Foundation

/// A shell command for `popen` that sees none of this process's files and sockets but its standard ones.
///
/// Sockets that a library opens without close-on-exec would otherwise live on in a server started meanwhile, and their peers never learn that they were
/// closed.
public func withoutInheritedFiles(_ command: String) -> String {
    let closeAll = "for f in /proc/$$/fd/*; do n=${f##*/}; if [ $n -gt 2 ]; then eval \"exec $n>&-\"; fi; done; exec sh -c \"$0\""
    return "exec bash -c '\(closeAll)' '\(command.replacing("'", with: "'\\''"))'"
}
