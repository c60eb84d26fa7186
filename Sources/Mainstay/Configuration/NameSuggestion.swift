/// Finds the name somebody probably meant.
enum NameSuggestion {
    /// The known name nearest to `name`, when it is near enough to be a slip of the fingers: one edit in eight characters, two beyond.
    static func nearest(to name: String, among known: [String]) -> String? {
        let ranked = known.map { (name: $0, distance: distance(Array(name.utf8), Array($0.utf8))) }
        guard let best = ranked.min(by: { $0.distance < $1.distance }), best.distance > 0 else { return nil }
        return best.distance <= allowance(name) ? best.name : nil
    }

    /// The setting that the name of a variable may have been meant for: also in other letters, or under the name of this program.
    static func variable(meantBy name: String) -> String? {
        let upper = name.uppercased()
        let bare = upper.hasPrefix("MAINSTAY_") ? String(upper.dropFirst("MAINSTAY_".count)) : upper
        return Settings.allNames.first { $0 == bare } ?? nearest(to: upper, among: Settings.allNames)
    }

    private static func allowance(_ name: String) -> Int {
        // `POST` is a word of its own, not a slip for PORT.
        switch name.utf8.count {
        case ...4: 0
        case ...8: 1
        default: 2
        }
    }

    /// Insertions, deletions, replacements and exchanges of neighbors that turn one into the other.
    static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var before: [Int] = []
        var previous = Array(0...right.count)
        for (row, byte) in left.enumerated() {
            var current = [row + 1]
            for (column, other) in right.enumerated() {
                var best = min(previous[column] + (byte == other ? 0 : 1), previous[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, byte == right[column - 1], left[row - 1] == other { best = min(best, before[column - 1] + 1) }
                current.append(best)
            }
            (before, previous) = (previous, current)
        }
        return previous[right.count]
    }
}
