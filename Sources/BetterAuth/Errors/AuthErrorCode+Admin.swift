/// Administration of users.
extension AuthErrorCode {
    public static let youCannotBanYourself = AuthErrorCode("YOU_CANNOT_BAN_YOURSELF", "You cannot ban yourself")
    public static let youAreNotAllowedToChangeUsersRole = AuthErrorCode(
        "YOU_ARE_NOT_ALLOWED_TO_CHANGE_USERS_ROLE", "You are not allowed to change users role")
    public static let youAreNotAllowedToCreateUsers = AuthErrorCode(
        "YOU_ARE_NOT_ALLOWED_TO_CREATE_USERS", "You are not allowed to create users")
    public static let youAreNotAllowedToListUsers = AuthErrorCode("YOU_ARE_NOT_ALLOWED_TO_LIST_USERS", "You are not allowed to list users")
    public static let youAreNotAllowedToListUsersSessions = AuthErrorCode(
        "YOU_ARE_NOT_ALLOWED_TO_LIST_USERS_SESSIONS", "You are not allowed to list users sessions")
    public static let youAreNotAllowedToBanUsers = AuthErrorCode("YOU_ARE_NOT_ALLOWED_TO_BAN_USERS", "You are not allowed to ban users")
    public static let youAreNotAllowedToImpersonateUsers = AuthErrorCode(
        "YOU_ARE_NOT_ALLOWED_TO_IMPERSONATE_USERS", "You are not allowed to impersonate users")
    public static let youAreNotAllowedToRevokeUsersSessions = AuthErrorCode(
        "YOU_ARE_NOT_ALLOWED_TO_REVOKE_USERS_SESSIONS", "You are not allowed to revoke users sessions")
    public static let youAreNotAllowedToDeleteUsers = AuthErrorCode(
        "YOU_ARE_NOT_ALLOWED_TO_DELETE_USERS", "You are not allowed to delete users")
    public static let youAreNotAllowedToSetUsersPassword = AuthErrorCode(
        "YOU_ARE_NOT_ALLOWED_TO_SET_USERS_PASSWORD", "You are not allowed to set users password")
    public static let bannedUser = AuthErrorCode(
        "BANNED_USER", "You have been banned from this application. Please contact support if you believe this is an error.")
    public static let youAreNotAllowedToGetUser = AuthErrorCode("YOU_ARE_NOT_ALLOWED_TO_GET_USER", "You are not allowed to get user")
    public static let noDataToUpdate = AuthErrorCode("NO_DATA_TO_UPDATE", "No data to update")
    public static let youAreNotAllowedToUpdateUsers = AuthErrorCode(
        "YOU_ARE_NOT_ALLOWED_TO_UPDATE_USERS", "You are not allowed to update users")
    public static let youCannotRemoveYourself = AuthErrorCode("YOU_CANNOT_REMOVE_YOURSELF", "You cannot remove yourself")
    public static let youAreNotAllowedToSetNonExistentValue = AuthErrorCode(
        "YOU_ARE_NOT_ALLOWED_TO_SET_NON_EXISTENT_VALUE", "You are not allowed to set a non-existent role value")
    public static let youCannotImpersonateAdmins = AuthErrorCode("YOU_CANNOT_IMPERSONATE_ADMINS", "You cannot impersonate admins")
    public static let invalidRoleType = AuthErrorCode("INVALID_ROLE_TYPE", "Invalid role type")
    public static let youAreNotAllowedToSetUsersEmail = AuthErrorCode(
        "YOU_ARE_NOT_ALLOWED_TO_SET_USERS_EMAIL", "You are not allowed to update users email")
    public static let passwordCannotBeUpdatedViaUpdateUser = AuthErrorCode(
        "PASSWORD_CANNOT_BE_UPDATED_VIA_UPDATE_USER",
        "Password cannot be updated through update-user. Use the set-user-password endpoint instead")
}
