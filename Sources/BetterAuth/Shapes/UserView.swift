import Primitives
import TypedAPI

/// A user as callers see it: every field, null or not.
@Schema(name: "User", unknown: .strip) struct UserView: Hashable {
    var name: String
    var email: String
    var emailVerified: Bool
    var image: String?
    var createdAt: Timestamp
    var updatedAt: Timestamp
    var role: String?
    var banned: Bool?
    var banReason: String?
    var banExpires: Timestamp?
    var twoFactorEnabled: Bool?
    var id: String

    init(_ user: AuthUser) {
        name = user.name
        email = user.email
        emailVerified = user.emailVerified
        image = user.image
        createdAt = user.createdAt
        updatedAt = user.updatedAt
        role = user.role
        banned = user.banned
        banReason = user.banReason
        banExpires = user.banExpires
        twoFactorEnabled = user.twoFactorEnabled
        id = user.id
    }

    var user: AuthUser {
        AuthUser(
            id: id, name: name, email: email, emailVerified: emailVerified, image: image, createdAt: createdAt, updatedAt: updatedAt,
            role: role, banned: banned, banReason: banReason, banExpires: banExpires, twoFactorEnabled: twoFactorEnabled)
    }
}

/// What members of an organization see of one another.
@Schema(name: "Profile") struct ProfileView: Hashable {
    var id: String
    var name: String
    var email: String
    var image: String?
}
