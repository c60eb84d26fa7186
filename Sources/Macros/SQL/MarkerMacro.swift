public import SwiftSyntax
public import SwiftSyntaxMacros

/// `@Column` and `@References`: they only say something to `@Table`, which reads them.
public struct MarkerMacro: PeerMacro {
    public static var formatMode: FormatMode { .disabled }

    public static func expansion(
        of node: AttributeSyntax, providingPeersOf declaration: some DeclSyntaxProtocol, in context: some MacroExpansionContext
    ) throws -> [DeclSyntax] { [] }
}
