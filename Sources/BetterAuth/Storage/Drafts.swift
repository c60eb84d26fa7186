import TypedSQL

// What an insert says of a whole row: every column, so that no default of the database decides.

extension AuthUser {
    var draft: Draft {
        Draft(
            id: id, name: name, email: email, emailVerified: emailVerified, image: image, createdAt: createdAt, updatedAt: updatedAt,
            role: role, banned: banned, banReason: banReason, banExpires: banExpires, twoFactorEnabled: twoFactorEnabled)
    }
}

extension AuthSessionRecord {
    var draft: Draft {
        Draft(
            id: id, token: token, userID: userID, expiresAt: expiresAt, createdAt: createdAt, updatedAt: updatedAt, ipAddress: ipAddress,
            userAgent: userAgent, activeOrganizationID: activeOrganizationID, impersonatedBy: impersonatedBy)
    }
}

extension Organization {
    var draft: Draft { Draft(id: id, name: name, slug: slug, logo: logo, createdAt: createdAt, metadata: metadata) }
}

extension Member {
    var draft: Draft { Draft(id: id, organizationID: organizationID, userID: userID, role: role, createdAt: createdAt) }
}

extension APIKeyRecord {
    var draft: Draft {
        Draft(
            id: id, configID: configID, name: name, start: start, referenceID: referenceID, prefix: prefix, hash: hash,
            refillInterval: refillInterval, refillAmount: refillAmount, lastRefillAt: lastRefillAt, enabled: enabled,
            rateLimitEnabled: rateLimitEnabled, rateLimitTimeWindow: rateLimitTimeWindow, rateLimitMax: rateLimitMax,
            requestCount: requestCount, remaining: remaining, lastRequest: lastRequest, expiresAt: expiresAt, createdAt: createdAt,
            updatedAt: updatedAt, permissionsText: permissionsText, metadataText: metadataText)
    }
}

extension Invitation {
    var draft: Draft {
        Draft(
            id: id, organizationID: organizationID, email: email, role: role, status: status, expiresAt: expiresAt, createdAt: createdAt,
            inviterID: inviterID)
    }
}

extension Team {
    var draft: Draft {
        Draft(
            id: id, name: name, memberCount: memberCount, organizationID: organizationID, createdAt: createdAt, updatedAt: updatedAt)
    }
}

extension TeamMember {
    var draft: Draft { Draft(id: id, teamID: teamID, userID: userID, membershipKey: membershipKey, createdAt: createdAt) }
}

extension OrganizationRole {
    var draft: Draft {
        Draft(id: id, organizationID: organizationID, role: role, permission: permission, createdAt: createdAt, updatedAt: updatedAt)
    }
}
