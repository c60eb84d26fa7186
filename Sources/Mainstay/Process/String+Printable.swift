extension String {
    /// On one line, and without what a terminal obeys: spaces for white space, `\u{FFFD}` for other control characters.
    package var printable: String {
        guard unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else { return self }
        return String(
            UnicodeScalarView(
                unicodeScalars.map { scalar in
                    guard scalar.properties.generalCategory == .control else { return scalar }
                    return scalar.properties.isWhitespace ? " " : "\u{FFFD}"
                }))
    }
}
