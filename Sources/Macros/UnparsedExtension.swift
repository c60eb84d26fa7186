import SwiftSyntax

extension ExtensionDeclSyntax {
    /// An extension whose members are one unparsed token: parsing and formatting our own text is most of what a macro costs otherwise.
    static func unparsed(of type: String, conformingTo protocols: String, members: String) -> ExtensionDeclSyntax {
        let content = MissingDeclSyntax(placeholder: TokenSyntax(.unknown("\n" + members), presence: .present))
        return ExtensionDeclSyntax(
            extensionKeyword: .keyword(.extension, trailingTrivia: .space),
            extendedType: TypeSyntax(MissingTypeSyntax(placeholder: TokenSyntax(.unknown("\(type): \(protocols) "), presence: .present))),
            memberBlock: MemberBlockSyntax(members: [MemberBlockItemSyntax(decl: DeclSyntax(content))])
        )
    }
}
