import Foundation
import Testing

@testable import Mainstay

@Suite(".env files") struct DotEnvTests {
    @Test(
        "A line is a name and a value",
        arguments: [
            ("A=1", "1"), (" A = 1 ", "1"), ("export A=1", "1"), ("export\t A=1", "1"), ("A=", ""), ("A=a=b", "a=b"), ("A=a b", "a b"),
            ("A=a # c", "a"),
            ("A=a#b", "a#b"), ("A= # c", ""), ("A=#c", ""), ("A='a # b'", "a # b"), ("A='a\\n\"b'", "a\\n\"b"), ("A=\"a'b\" # c", "a'b"),
            ("A=\"a\\n\\t\\\"\\\\\\$\\x\"", "a\n\t\"\\$\\x"), ("A=\"a\nb\"", "a\nb"), ("A=a\\nb", "a\\nb"), ("A=$B ${C}", "$B ${C}"),
            ("A=1\nA=2", "2"), ("\u{FEFF}A=1\r\n", "1"), ("A='ü'", "ü"),
        ])
    func values(text: String, value: String) {
        let file = DotEnv(path: ".env", text: text)
        #expect(file.entries["A"]?.value == value)
        #expect(file.entries.count == 1 && file.malformed.isEmpty)
    }

    @Test("Lines are counted, also inside and behind quotations; comments and blank lines say nothing")
    func lines() {
        let file = DotEnv(path: ".env", text: "# a=b\r\n\r\nA=1\nB=\"x\ny\"\n\t# more\nC='3'\nD=4")
        #expect(file.entries.mapValues(\.line) == ["A": 3, "B": 4, "C": 7, "D": 8] && file.malformed.isEmpty)
    }

    @Test("What cannot be read is told by its line, and does not hide the lines below")
    func malformed() {
        let file = DotEnv(path: ".env", text: "nonsense\nA=\"open\nB=1\n=2\nC D=3\nE='4' 5\nF=6\n")
        #expect(file.malformed.map(\.line) == [1, 2, 4, 5, 6] && file.malformed.map(\.name) == [nil, "A", nil, nil, "E"])
        #expect(file.entries.keys.sorted() == ["B", "F"])
    }

    @Test(
        "A quotation that is not closed ends in no other line's, and hides none; what it should have held is not told of",
        arguments: [
            ("A=\"open\nB=\"1\"\nC=\"2\"\n", ["B": 2, "C": 3]), ("A=\"open\nB='1'\nC=2\n", ["B": 2, "C": 3]),
            ("A='it is\nB=it's\nC=2", ["B": 2, "C": 3]), ("A=\"open\n# say \"hello\"\nB=1", ["B": 3]),
            ("A=\"a\\\"\nexport B=\"1\" # \"\n", ["B": 2]),
            ("A='-----BEGIN\nMIIB\nabc=\n-----END\nB=1\n", ["abc": 3, "B": 5]),
        ])
    func unfinished(text: String, entries: [String: Int]) {
        let file = DotEnv(path: ".env", text: text)
        #expect(file.malformed == [.init(line: 1, name: "A", reason: "begins a quotation that does not end")])
        #expect(file.entries.mapValues(\.line).filter { $0.key != "A" } == entries && file.entries["A"] == nil)
    }

    @Test("A quotation of one of our settings ends before the next of them, also if what follows the closing mark could be right")
    func unfinishedOfOurs() {
        for (text, name) in [("HOST=\"open\nPORT=1\n# \"\n", "PORT"), ("HOST='open\n export BASE_URL = x\n# '\n", "BASE_URL")] {
            let file = DotEnv(path: ".env", text: text)
            #expect(file.malformed == [.init(line: 1, name: "HOST", reason: "begins a quotation that does not end")])
            #expect(file.entries.mapValues(\.line) == [name: 2] && file.enclosed.isEmpty)
        }
    }

    @Test("What another's quoted value holds is not ours, as other readers of such files see it; it is noted where it looks like ours")
    func quotationsOfOthers() {
        let file = DotEnv(path: ".env", text: "POOL_MAX=1\nNOTE='to set:\n  PORT=80\nexport HOST=h # so\nX=1'\nLOG_LEVEL=info")
        #expect(file.malformed.isEmpty && file.entries.mapValues(\.line) == ["POOL_MAX": 1, "NOTE": 2, "LOG_LEVEL": 6])
        #expect(file.entries["NOTE"]?.value == "to set:\n  PORT=80\nexport HOST=h # so\nX=1")
        #expect(file.enclosed == [.init(name: "PORT", line: 3, quotation: 2), .init(name: "HOST", line: 4, quotation: 2)])
    }

    @Test("A line that gives one of our settings a value in another way is that setting's; one that only names it is nobody's")
    func otherForms() {
        let file = DotEnv(path: ".env", text: "PORT: 80\nexport HOST ::1\nBETTER_AUTH_URL\thttp://x\nPORT\nexport PORT\nOTHER: 1\n")
        #expect(file.malformed.map(\.line) == [1, 2, 3, 4, 5, 6] && file.entries.isEmpty)
        #expect(file.malformed.map(\.name) == ["PORT", "HOST", "BASE_URL", nil, nil, nil])
        let open = DotEnv(path: ".env", text: "A=\"open\nPORT: 80\nmore\nB=1\nHOST ::1\n")
        #expect(
            open.malformed.map(\.line) == [1, 2, 5] && open.malformed.map(\.name) == ["A", nil, "HOST"],
            "unless it may be the rest of a value")
    }

    @Test("Quoted values may hold lines that look like others'", arguments: ["x\ny=\"", "x\nFOO=1\"", "x\nabc=\" # z"])
    func manyLines(text: String) {
        let file = DotEnv(path: ".env", text: "A=\"\(text)\nB=1")
        #expect(file.malformed.isEmpty && file.entries.mapValues(\.line) == ["A": 1, "B": 3])
        #expect(DotEnv(path: ".env", text: "A=\"x\\nPORT=1\"").entries["A"]?.value == "x\nPORT=1", "an escape is no line")
    }

    @Test("What is no regular file is read as well; what cannot be is told of in one line, with what to do")
    func otherFiles() throws {
        let pipe = Pipe()
        try pipe.fileHandleForWriting.write(contentsOf: Data("A=1".utf8))
        try pipe.fileHandleForWriting.close()
        #expect(try DotEnv.read("/dev/fd/\(pipe.fileHandleForReading.fileDescriptor)", isRequired: true)?.entries["A"]?.value == "1")
        #expect(try DotEnv.read("/dev/null", isRequired: true)?.entries.isEmpty == true)
        for (path, name, message) in [
            ("", "--env-file", "needs the name of a file"), ("/", "/", "is a folder"), ("/nowhere/x", "/nowhere/x", "does not exist"),
            ("/dev/null/x", "/dev/null/x", "does not exist"), ("/dev/zero", "/dev/zero", "is larger than 1 MiB"),
            (String(repeating: "x", count: 300), String(repeating: "x", count: 300), "cannot be read (File name too long)"),
        ] {
            let error = #expect(throws: ConfigurationError.self) { try DotEnv.read(path, isRequired: true) }
            #expect(error?.problems.first?.name == name && error?.problems.first?.message.hasPrefix(message) == true)
            #expect(error?.description.contains("--env-file") == true && error?.description.contains("\n") == false)
        }
    }

    @Test("A file may have one mebibyte and no more")
    func size() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "dot-env-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let text = "A=1\n#" + String(repeating: "x", count: SettingsFile.maximumSize - 5)
        try Data(text.utf8).write(to: URL(filePath: path))
        #expect(try DotEnv.read(path)?.entries["A"]?.value == "1")
        try Data((text + "x").utf8).write(to: URL(filePath: path))
        #expect(throws: ConfigurationError.self) { try DotEnv.read(path) }
    }

    @Test("A file that is not there is nothing, one that cannot be read is a problem")
    func reading() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "dot-env-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: ".env").path
        #expect(try DotEnv.read(path) == nil)
        #expect(throws: ConfigurationError.self) { try DotEnv.read(path, isRequired: true) }
        #expect(throws: ConfigurationError.self) { try DotEnv.read(folder.path) }
        try Data([0x41, 0x3D, 0xFF]).write(to: URL(filePath: path))
        #expect(throws: ConfigurationError.self) { try DotEnv.read(path) }
        try Data("A=1".utf8).write(to: URL(filePath: path))
        #expect(try DotEnv.read(path)?.entries["A"]?.value == "1")
    }
}
