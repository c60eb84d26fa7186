import SwiftCompilerPlugin
import SwiftSyntaxMacros

/// The compiler plug-in behind `@Table` and `@Row`.
@main
struct MainstayPlugin: CompilerPlugin {
    let providingMacros: [any Macro.Type] = [TableMacro.self, RowMacro.self, MarkerMacro.self]
}
