/// API keys.
extension AuthErrorCode {
    public static let apiKeyInvalidMetadata = AuthErrorCode("INVALID_METADATA_TYPE", "metadata must be an object or undefined")
    public static let refillAmountAndIntervalRequired = AuthErrorCode(
        "REFILL_AMOUNT_AND_INTERVAL_REQUIRED", "refillAmount is required when refillInterval is provided")
    public static let refillIntervalAndAmountRequired = AuthErrorCode(
        "REFILL_INTERVAL_AND_AMOUNT_REQUIRED", "refillInterval is required when refillAmount is provided")
    public static let apiKeyOwnerBanned = AuthErrorCode("USER_BANNED", "User is banned")
    public static let apiKeyUnauthorized = AuthErrorCode("UNAUTHORIZED_SESSION", "Unauthorized or invalid session")
    public static let apiKeyNotFound = AuthErrorCode("KEY_NOT_FOUND", "API Key not found")
    public static let apiKeyDisabled = AuthErrorCode("KEY_DISABLED", "API Key is disabled")
    public static let apiKeyExpired = AuthErrorCode("KEY_EXPIRED", "API Key has expired")
    public static let apiKeyUsageExceeded = AuthErrorCode("USAGE_EXCEEDED", "API Key has reached its usage limit")
    public static let keyNotRecoverable = AuthErrorCode("KEY_NOT_RECOVERABLE", "API Key is not recoverable")
    public static let apiKeyExpiresTooSoon = AuthErrorCode(
        "EXPIRES_IN_IS_TOO_SMALL", "The expiresIn is smaller than the predefined minimum value.")
    public static let apiKeyExpiresTooLate = AuthErrorCode(
        "EXPIRES_IN_IS_TOO_LARGE", "The expiresIn is larger than the predefined maximum value.")
    public static let invalidRemaining = AuthErrorCode("INVALID_REMAINING", "The remaining count is either too large or too small.")
    public static let apiKeyInvalidPrefixLength = AuthErrorCode(
        "INVALID_PREFIX_LENGTH", "The prefix length is either too large or too small.")
    public static let apiKeyInvalidNameLength = AuthErrorCode("INVALID_NAME_LENGTH", "The name length is either too large or too small.")
    public static let apiKeyMetadataDisabled = AuthErrorCode("METADATA_DISABLED", "Metadata is disabled.")
    public static let rateLimitExceeded = AuthErrorCode("RATE_LIMIT_EXCEEDED", "Rate limit exceeded.")
    public static let apiKeyNoValuesToUpdate = AuthErrorCode("NO_VALUES_TO_UPDATE", "No values to update.")
    public static let apiKeyExpirationDisabled = AuthErrorCode("KEY_DISABLED_EXPIRATION", "Custom key expiration values are disabled.")
    public static let apiKeyInvalid = AuthErrorCode("INVALID_API_KEY", "Invalid API key.")
    public static let invalidUserIDFromAPIKey = AuthErrorCode("INVALID_USER_ID_FROM_API_KEY", "The user id from the API key is invalid.")
    public static let invalidReferenceIDFromAPIKey = AuthErrorCode(
        "INVALID_REFERENCE_ID_FROM_API_KEY", "The reference id from the API key is invalid.")
    public static let invalidAPIKeyGetterReturnType = AuthErrorCode(
        "INVALID_API_KEY_GETTER_RETURN_TYPE", "API Key getter returned an invalid key type. Expected string.")
    public static let apiKeyServerOnlyProperty = AuthErrorCode(
        "SERVER_ONLY_PROPERTY", "The property you're trying to set can only be set from the server auth instance only.")
    public static let failedToUpdateAPIKey = AuthErrorCode("FAILED_TO_UPDATE_API_KEY", "Failed to update API key")
    public static let apiKeyNameRequired = AuthErrorCode("NAME_REQUIRED", "API Key name is required.")
    public static let apiKeyOrganizationRequired = AuthErrorCode(
        "ORGANIZATION_ID_REQUIRED", "Organization ID is required for organization-owned API keys.")
    public static let apiKeyNotAMember = AuthErrorCode(
        "USER_NOT_MEMBER_OF_ORGANIZATION", "You are not a member of the organization that owns this API key.")
    public static let apiKeyInsufficientPermissions = AuthErrorCode(
        "INSUFFICIENT_API_KEY_PERMISSIONS", "You do not have permission to perform this action on organization API keys.")
    public static let apiKeyNoDefaultConfiguration = AuthErrorCode(
        "NO_DEFAULT_API_KEY_CONFIGURATION_FOUND", "No default api-key configuration found.")
    public static let organizationPluginRequired = AuthErrorCode(
        "ORGANIZATION_PLUGIN_REQUIRED",
        "Organization plugin is required for organization-owned API keys. Please install and configure the organization plugin.")
    public static let apiKeyRateLimited = AuthErrorCode("RATE_LIMITED", "Rate limit exceeded.")
    /// Not of the contract, as are the following: the table is of better-auth 1.4 or older.
    public static let apiKeyKindUnavailable = AuthErrorCode(
        "KEY_KIND_UNAVAILABLE", "API keys of this kind need the apikey table of better-auth 1.5 or later.")
    public static let apiKeyAdditionsDisabled = AuthErrorCode(
        "KEY_ADDITIONS_DISABLED", "Rotation and allow lists of API keys are not enabled.")
    /// The message names the limit.
    public static let apiKeyLimitReached = AuthErrorCode("KEY_LIMIT_REACHED", "As many API keys as are allowed exist.")
    public static let apiKeyAddressNotAllowed = AuthErrorCode(
        "ADDRESS_NOT_ALLOWED", "This API key may not be used from your address.")
    public static let apiKeyInvalidOverlap = AuthErrorCode(
        "INVALID_OVERLAP", "The overlap is longer than the predefined maximum value.")
    public static let apiKeyTooManyFormerKeys = AuthErrorCode(
        "TOO_MANY_FORMER_KEYS", "Too many replaced keys still count. Wait for one to end, or rotate without an overlap.")
}
