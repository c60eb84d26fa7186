/// `/favicon.ico`: one picture of 16 by 16 points.
enum Icon {
    private static let rows = [
        "                ", "                ", "  ##        ##  ", "  ###      ###  ", "  ####    ####  ", "  #####  #####  ",
        "  ## #### ####  ",
        "  ##  ###  ###  ", "  ##   #   ###  ", "  ##       ###  ", "  ##       ###  ", "  ##       ###  ", "  ##       ###  ",
        "  ##       ###  ", "                ", "                ",
    ]
    /// Blue, green, red and opacity.
    private static let ink: [UInt8] = [0x30, 0x23, 0x1c, 0xff]

    /// A Windows icon: a directory of one entry, then a bitmap whose height counts the mask too and whose rows come from below.
    static var bytes: [UInt8] {
        let side = rows.count
        let pixels = rows.reversed().flatMap { row in row.flatMap { $0 == "#" ? ink : [0, 0, 0, 0] } }
        let mask = [UInt8](repeating: 0, count: side * 4)
        let header =
            number(40, 4) + number(side, 4) + number(side * 2, 4) + number(1, 2) + number(32, 2) + number(0, 4)
            + number(pixels.count + mask.count, 4) + number(0, 16)
        let directory = number(0, 2) + number(1, 2) + number(1, 2)
        let entry: [UInt8] =
            [UInt8(side), UInt8(side), 0, 0] + number(1, 2) + number(32, 2)
            + number(header.count + pixels.count + mask.count, 4) + number(22, 4)
        return directory + entry + header + pixels + mask
    }

    /// Little-endian.
    private static func number(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { $0 < 8 ? UInt8(truncatingIfNeeded: value >> ($0 * 8)) : 0 }
    }
}
