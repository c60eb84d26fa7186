import Testing

/// What is right and looks like a race to a sanitizer that was not told (see RuntimeAnnotations.c): none of this is reported.
@Suite(.serialized) struct OrderTests {
    @Test func aLockOrdersItsHoldersWhereTheyWaitForIt() {
        let number = Unprotected()
        ContendedLock().run({ number.value += 1 }, { number.value += 1 })
        #expect(number.value == 2)
    }

    @Test func aContinuationOrdersWhatWasDoneBeforeItWasResumed() async {
        let number = Unprotected()
        await withUnsafeContinuation { continuation in
            resumeEarly({ number.value += 1 }, { continuation.resume() })
        }
        number.value += 1
        await withCheckedContinuation { continuation in
            resumeEarly({ number.value += 1 }, { continuation.resume() })
        }
        number.value += 1
        #expect(number.value == 4)
    }

    @Test func aThrowingContinuationDoesToo() async {
        let number = Unprotected()
        await #expect(throws: CancellationError.self) { () async throws in
            try await withUnsafeThrowingContinuation { (continuation: UnsafeContinuation<Void, any Error>) in
                resumeEarly({ number.value += 1 }, { continuation.resume(throwing: CancellationError()) })
            }
        }
        number.value += 1
        await #expect(throws: CancellationError.self) { () async throws in
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                resumeEarly({ number.value += 1 }, { continuation.resume(throwing: CancellationError()) })
            }
        }
        number.value += 1
        #expect(number.value == 4)
    }
}
