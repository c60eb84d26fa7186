import BetterAuth
import JSON
import Primitives
import Synchronization

/// What the tests see and move besides the auth routes: letters, events, the clock.
final class DriverWorld: Sendable {
    private struct State {
        var letters: [JSONValue] = []
        var events: [JSONValue] = []
        var ahead = Duration.zero
    }

    private let state = Mutex(State())

    var now: Timestamp { state.withLock { Timestamp.now + $0.ahead } }
    var letters: [JSONValue] { state.withLock { $0.letters } }
    var events: [JSONValue] { state.withLock { $0.events } }

    func advance(_ duration: Duration) { state.withLock { $0.ahead += duration } }

    func keep(_ letter: AuthLetter) {
        var object: JSONObject = ["kind": .string("\(letter)"), "to": .string(letter.receiver)]
        switch letter {
        case .verifyEmail(_, let url, let token), .resetPassword(_, let url, let token), .deleteAccount(_, let url, let token),
            .confirmEmailChange(_, _, let url, let token), .verifyNewEmail(_, _, let url, let token):
            object["url"] = .string(url)
            object["token"] = .string(token)
        case .invitation(let letter):
            object["invitationId"] = .string(letter.invitation.id)
            object["organization"] = .string(letter.organization.name)
            object["token"] = .string(letter.token)
        case .signUpWithKnownEmail: break
        }
        state.withLock { $0.letters.append(.object(object)) }
    }

    func keep(_ event: AuthEvent) {
        state.withLock {
            $0.events.append([
                "kind": .string(event.kind.rawValue), "actor": .string(orNull: event.actorID), "subject": .string(orNull: event.subjectID),
                "organization": .string(orNull: event.organizationID), "impersonatedBy": .string(orNull: event.impersonatedBy),
            ])
        }
    }
}
