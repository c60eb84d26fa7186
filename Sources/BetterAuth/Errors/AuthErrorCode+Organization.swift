/// Organizations, members, invitations, teams, roles.
extension AuthErrorCode {
    public static let mayNotCreateOrganization = AuthErrorCode(
        "YOU_ARE_NOT_ALLOWED_TO_CREATE_A_NEW_ORGANIZATION", "You are not allowed to create a new organization")
    public static let organizationLimitReached = AuthErrorCode(
        "YOU_HAVE_REACHED_THE_MAXIMUM_NUMBER_OF_ORGANIZATIONS", "You have reached the maximum number of organizations")
    public static let organizationAlreadyExists = AuthErrorCode("ORGANIZATION_ALREADY_EXISTS", "Organization already exists")
    public static let organizationSlugTaken = AuthErrorCode("ORGANIZATION_SLUG_ALREADY_TAKEN", "Organization slug already taken")
    public static let organizationNotFound = AuthErrorCode("ORGANIZATION_NOT_FOUND", "Organization not found")
    public static let notAMemberOfTheOrganization = AuthErrorCode(
        "USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION", "User is not a member of the organization")
    public static let youAreNotAllowedToUpdateThisOrganization = AuthErrorCode(
        "YOU_ARE_NOT_ALLOWED_TO_UPDATE_THIS_ORGANIZATION", "You are not allowed to update this organization")
    public static let youAreNotAllowedToDeleteThisOrganization = AuthErrorCode(
        "YOU_ARE_NOT_ALLOWED_TO_DELETE_THIS_ORGANIZATION", "You are not allowed to delete this organization")
    public static let noActiveOrganization = AuthErrorCode("NO_ACTIVE_ORGANIZATION", "No active organization")
    public static let alreadyAMember = AuthErrorCode(
        "USER_IS_ALREADY_A_MEMBER_OF_THIS_ORGANIZATION", "User is already a member of this organization")
    public static let memberNotFound = AuthErrorCode("MEMBER_NOT_FOUND", "Member not found")
    public static let roleNotFound = AuthErrorCode("ROLE_NOT_FOUND", "Role not found")
    public static let youAreNotAllowedToCreateANewTeam = AuthErrorCode(
        "YOU_ARE_NOT_ALLOWED_TO_CREATE_A_NEW_TEAM", "You are not allowed to create a new team")
    public static let teamAlreadyExists = AuthErrorCode("TEAM_ALREADY_EXISTS", "Team already exists")
    public static let teamNotFound = AuthErrorCode("TEAM_NOT_FOUND", "Team not found")
    public static let youCannotLeaveTheOrganizationAsTheOnlyOwner = AuthErrorCode(
        "YOU_CANNOT_LEAVE_THE_ORGANIZATION_AS_THE_ONLY_OWNER", "You cannot leave the organization as the only owner")
    public static let youCannotLeaveTheOrganizationWithoutAnOwner = AuthErrorCode(
        "YOU_CANNOT_LEAVE_THE_ORGANIZATION_WITHOUT_AN_OWNER", "You cannot leave the organization without an owner")
    public static let youAreNotAllowedToDeleteThisMember = AuthErrorCode(
        "YOU_ARE_NOT_ALLOWED_TO_DELETE_THIS_MEMBER", "You are not allowed to delete this member")
    public static let youAreNotAllowedToInviteUsersToThisOrganization = AuthErrorCode(
        "YOU_ARE_NOT_ALLOWED_TO_INVITE_USERS_TO_THIS_ORGANIZATION", "You are not allowed to invite users to this organization")
    public static let userIsAlreadyInvitedToThisOrganization = AuthErrorCode(
        "USER_IS_ALREADY_INVITED_TO_THIS_ORGANIZATION", "User is already invited to this organization")
    public static let invitationNotFound = AuthErrorCode("INVITATION_NOT_FOUND", "Invitation not found")
    public static let youAreNotTheRecipientOfTheInvitation = AuthErrorCode(
        "YOU_ARE_NOT_THE_RECIPIENT_OF_THE_INVITATION", "You are not the recipient of the invitation")
    public static let emailVerificationRequiredBeforeAcceptingOrRejectingInvitation = AuthErrorCode(
        "EMAIL_VERIFICATION_REQUIRED_BEFORE_ACCEPTING_OR_REJECTING_INVITATION",
        "Email verification required before accepting or rejecting invitation")
    public static let emailVerificationRequiredForInvitation = AuthErrorCode(
        "EMAIL_VERIFICATION_REQUIRED_FOR_INVITATION", "Email verification required to view or list invitations for the session email")
    public static let youAreNotAllowedToCancelThisInvitation = AuthErrorCode(
        "YOU_ARE_NOT_ALLOWED_TO_CANCEL_THIS_INVITATION", "You are not allowed to cancel this invitation")
    public static let inviterIsNoLongerAMemberOfTheOrganization = AuthErrorCode(
        "INVITER_IS_NO_LONGER_A_MEMBER_OF_THE_ORGANIZATION", "Inviter is no longer a member of the organization")
    public static let youAreNotAllowedToInviteUserWithThisRole = AuthErrorCode(
        "YOU_ARE_NOT_ALLOWED_TO_INVITE_USER_WITH_THIS_ROLE", "You are not allowed to invite a user with this role")
    public static let failedToRetrieveInvitation = AuthErrorCode("FAILED_TO_RETRIEVE_INVITATION", "Failed to retrieve invitation")
    public static let youHaveReachedTheMaximumNumberOfTeams = AuthErrorCode(
        "YOU_HAVE_REACHED_THE_MAXIMUM_NUMBER_OF_TEAMS", "You have reached the maximum number of teams")
    public static let unableToRemoveLastTeam = AuthErrorCode("UNABLE_TO_REMOVE_LAST_TEAM", "Unable to remove last team")
    public static let youAreNotAllowedToUpdateThisMember = AuthErrorCode(
        "YOU_ARE_NOT_ALLOWED_TO_UPDATE_THIS_MEMBER", "You are not allowed to update this member")
    public static let membershipLimitReached = AuthErrorCode(
        "ORGANIZATION_MEMBERSHIP_LIMIT_REACHED", "Organization membership limit reached")
    public static let youAreNotAllowedToCreateTeamsInThisOrganization = AuthErrorCode(
        "YOU_ARE_NOT_ALLOWED_TO_CREATE_TEAMS_IN_THIS_ORGANIZATION", "You are not allowed to create teams in this organization")
    public static let youAreNotAllowedToDeleteTeamsInThisOrganization = AuthErrorCode(
        "YOU_ARE_NOT_ALLOWED_TO_DELETE_TEAMS_IN_THIS_ORGANIZATION", "You are not allowed to delete teams in this organization")
    public static let youAreNotAllowedToUpdateThisTeam = AuthErrorCode(
        "YOU_ARE_NOT_ALLOWED_TO_UPDATE_THIS_TEAM", "You are not allowed to update this team")
    public static let youAreNotAllowedToDeleteThisTeam = AuthErrorCode(
        "YOU_ARE_NOT_ALLOWED_TO_DELETE_THIS_TEAM", "You are not allowed to delete this team")
    public static let invitationLimitReached = AuthErrorCode("INVITATION_LIMIT_REACHED", "Invitation limit reached")
    public static let teamMemberLimitReached = AuthErrorCode("TEAM_MEMBER_LIMIT_REACHED", "Team member limit reached")
    public static let userIsNotAMemberOfTheTeam = AuthErrorCode("USER_IS_NOT_A_MEMBER_OF_THE_TEAM", "User is not a member of the team")
    public static let youCanNotAccessTheMembersOfThisTeam = AuthErrorCode(
        "YOU_CAN_NOT_ACCESS_THE_MEMBERS_OF_THIS_TEAM", "You are not allowed to list the members of this team")
    public static let youDoNotHaveAnActiveTeam = AuthErrorCode("YOU_DO_NOT_HAVE_AN_ACTIVE_TEAM", "You do not have an active team")
    public static let youAreNotAllowedToCreateANewTeamMember = AuthErrorCode(
        "YOU_ARE_NOT_ALLOWED_TO_CREATE_A_NEW_TEAM_MEMBER", "You are not allowed to create a new member")
    public static let youAreNotAllowedToRemoveATeamMember = AuthErrorCode(
        "YOU_ARE_NOT_ALLOWED_TO_REMOVE_A_TEAM_MEMBER", "You are not allowed to remove a team member")
    public static let youAreNotAllowedToAccessThisOrganization = AuthErrorCode(
        "YOU_ARE_NOT_ALLOWED_TO_ACCESS_THIS_ORGANIZATION", "You are not allowed to access this organization as an owner")
    public static let youAreNotAMemberOfThisOrganization = AuthErrorCode(
        "YOU_ARE_NOT_A_MEMBER_OF_THIS_ORGANIZATION", "You are not a member of this organization")
    public static let missingAcInstance = AuthErrorCode(
        "MISSING_AC_INSTANCE",
        "Dynamic Access Control requires a pre-defined ac instance on the server auth plugin. Read server logs for more information")
    public static let youMustBeInAnOrganizationToCreateARole = AuthErrorCode(
        "YOU_MUST_BE_IN_AN_ORGANIZATION_TO_CREATE_A_ROLE", "You must be in an organization to create a role")
    public static let youAreNotAllowedToCreateARole = AuthErrorCode(
        "YOU_ARE_NOT_ALLOWED_TO_CREATE_A_ROLE", "You are not allowed to create a role")
    public static let youAreNotAllowedToUpdateARole = AuthErrorCode(
        "YOU_ARE_NOT_ALLOWED_TO_UPDATE_A_ROLE", "You are not allowed to update a role")
    public static let youAreNotAllowedToDeleteARole = AuthErrorCode(
        "YOU_ARE_NOT_ALLOWED_TO_DELETE_A_ROLE", "You are not allowed to delete a role")
    public static let youAreNotAllowedToReadARole = AuthErrorCode(
        "YOU_ARE_NOT_ALLOWED_TO_READ_A_ROLE", "You are not allowed to read a role")
    public static let youAreNotAllowedToListARole = AuthErrorCode(
        "YOU_ARE_NOT_ALLOWED_TO_LIST_A_ROLE", "You are not allowed to list a role")
    public static let youAreNotAllowedToGetARole = AuthErrorCode("YOU_ARE_NOT_ALLOWED_TO_GET_A_ROLE", "You are not allowed to get a role")
    public static let tooManyRoles = AuthErrorCode("TOO_MANY_ROLES", "This organization has too many roles")
    public static let invalidResource = AuthErrorCode("INVALID_RESOURCE", "The provided permission includes an invalid resource")
    public static let roleNameIsAlreadyTaken = AuthErrorCode("ROLE_NAME_IS_ALREADY_TAKEN", "That role name is already taken")
    public static let cannotDeleteAPreDefinedRole = AuthErrorCode("CANNOT_DELETE_A_PRE_DEFINED_ROLE", "Cannot delete a pre-defined role")
    public static let roleIsAssignedToMembers = AuthErrorCode(
        "ROLE_IS_ASSIGNED_TO_MEMBERS",
        "Cannot delete a role that is assigned to members. Please reassign the members to a different role first")
    public static let invalidTeamID = AuthErrorCode("INVALID_TEAM_ID", "Team id contains a reserved character")
    public static let organizationDeletionDisabled = AuthErrorCode("ORGANIZATION_DELETION_DISABLED", "Organization deletion is disabled")
}
