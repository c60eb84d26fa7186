import SwiftCompilerPlugin
import SwiftSyntaxMacros

/// The compiler plug-in behind `@Table`, `@Row` and `@Schema`.
@main
struct MainstayPlugin: CompilerPlugin {
    let providingMacros: [any Macro.Type] = [TableMacro.self, RowMacro.self, SchemaMacro.self, MarkerMacro.self]
}
