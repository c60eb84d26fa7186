#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What tests choose at random they choose with this: the same choices for the same seed, on every machine (SplitMix64).
///
///     var random = SeededRandom("numerics", count: 300)  // MAINSTAY_SEED=17: 300 numerics
public struct SeededRandom: RandomNumberGenerator, Sendable {
    /// `MAINSTAY_SEED`, which repeats a run; one for this run where it is not set.
    public static let runSeed = ProcessInfo.processInfo.environment["MAINSTAY_SEED"].flatMap { UInt64($0) } ?? .random(in: 0...999_999_999)

    /// For the messages of checks that fail.
    public let seed: UInt64
    private var state: UInt64

    public init(seed: UInt64) {
        self.seed = seed
        state = seed
    }

    /// Starts from ``runSeed``, and prints what is about to be chosen with it.
    public init(_ subject: String, count: Int) {
        self.init(seed: Self.runSeed)
        print("MAINSTAY_SEED=\(seed): \(count) \(subject)")
    }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
