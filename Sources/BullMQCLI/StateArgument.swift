import ArgumentParser
import BullMQ

/// A state under the name of its key, or as `waiting`, which is what other tools say.
struct StateArgument: ExpressibleByArgument {
    let state: JobState

    init(_ state: JobState) {
        self.state = state
    }

    init?(argument: String) {
        guard let state = JobState(rawValue: argument == "waiting" ? "wait" : argument) else { return nil }
        self.state = state
    }

    var defaultValueDescription: String { state.rawValue }
}
