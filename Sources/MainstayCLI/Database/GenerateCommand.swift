import ArgumentParser
import Foundation
import JSON
import Mainstay
import Migrations

struct GenerateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate", abstract: "Write the migration from the newest snapshot to the declared tables, for review.",
        discussion: """
            Needs no database, asks nothing, and writes nothing when nothing differs. The same input gives the same bytes.

            Examples:
              mainstay db generate --name add_labels
              mainstay db generate --dry-run
              mainstay db generate --rename column:queue.name=title
              mainstay db generate --drop column:queue.name
              mainstay db generate --fill queue.priority=0
              mainstay db generate --custom --name backfill_labels
              mainstay db generate --merge
            """)

    @Option(help: "Behind the number; made from the changes when left out.")
    var name: String?

    @Option(
        help: ArgumentHelp(
            "What was renamed, when the declaration does not say.",
            valueName: "table:old=new|column:table.old=new|type:old=new|value:type.old=new"))
    var rename: [String] = []

    @Option(help: ArgumentHelp("What is dropped, not renamed.", valueName: "table:name|column:table.name"))
    var drop: [String] = []

    @Option(help: ArgumentHelp("SQL that gives rows a value where a column stops being NULL.", valueName: "table.column=expression"))
    var fill: [String] = []

    @Flag(help: "Write a migration without changes, for SQL by hand.")
    var custom = false

    @Flag(help: "Join the newest migrations of two branches.")
    var merge = false

    @Flag(help: "Show the SQL and write nothing.")
    var dryRun = false

    @Option(help: "The folder of migrations.")
    var folder = MainstayDatabase.folder

    @OptionGroup var report: ReportOptions

    func run() async throws {
        try await Launcher.reportingFailure {
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue else {
                throw LaunchError(
                    description: "There is no folder \(folder). Run this in a checkout of Mainstay, or name a folder with --folder.")
            }
            var options = GenerateOptions()
            options.name = name
            options.renames = try rename.map { text throws(MigrationError) in try RenameHint(text) }
            options.drops = Set(drop)
            options.fills = try fill.map { text throws(MigrationError) in try ColumnFill(text) }
            options.isCustom = custom
            options.isMerge = merge
            let commands = MainstayDatabase.commands(folder: folder, logger: DatabaseCommand.logger)
            let result = await commands.generate(options, isDryRun: dryRun)
            try report.print(result)
            if !report.json, !dryRun, result.json["migration"]?.string != nil, folder == MainstayDatabase.folder {
                Console.progress("Then let the program carry it: scripts/embed-migrations, and build.")
            }
        }
    }
}
