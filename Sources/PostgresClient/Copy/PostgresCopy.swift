/// Takes the data of a `COPY … FROM STDIN`, in the format that the statement names.
public struct PostgresCopyWriter: Sendable {
    let session: LeasedSession

    /// Hands over the next bytes; rows may be split anywhere. Returns when the system has taken them, so that a slow server slows the writer and
    /// memory stays flat.
    public func write(_ bytes: [UInt8]) async throws(PostgresError) {
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + 4 * CopyBuffer.limit)
            let part = start == 0 && end == bytes.count ? bytes : Array(bytes[start..<end])
            try await session.continueCopy(.copyData(part))
            start = end
        }
    }

    public func write(_ text: String) async throws(PostgresError) { try await write(Array(text.utf8)) }
}

/// The data of a `COPY … TO STDOUT`, in the format that the statement names: portions of one or more whole rows, about 64 KiB each, fetched as
/// they are read.
public struct PostgresCopyReader: AsyncSequence, Sendable {
    public typealias Element = [UInt8]
    public typealias Failure = PostgresError

    public struct AsyncIterator: AsyncIteratorProtocol {
        public typealias Failure = PostgresError

        let session: LeasedSession
        private var isAtEnd = false

        init(session: LeasedSession) { self.session = session }

        /// The next portion, nil after the last one.
        public mutating func next() async throws(PostgresError) -> [UInt8]? {
            guard !isAtEnd, session.isCopying else { return nil }
            let buffer = CopyBuffer()
            try await session.continueCopy(.copyRead(buffer))
            let (bytes, isAtEnd) = buffer.take()
            if isAtEnd { session.copyEnded() }
            self.isAtEnd = isAtEnd
            return bytes.isEmpty ? nil : bytes
        }
    }

    let session: LeasedSession

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(session: session) }
}

extension PostgresTransaction {
    /// Loads data with `COPY table (columns) FROM STDIN …`; if `body` throws, the server is told to drop them, which spoils the transaction.
    ///
    /// The server's complaints about the data come when `body` has returned. Nothing else can run in the transaction meanwhile.
    ///
    /// - Parameter statement: Without bound values, which COPY cannot have.
    /// - Returns: The number of rows.
    @discardableResult
    public func copyIn(_ statement: SQL, _ body: (PostgresCopyWriter) async throws -> Void) async throws -> Int {
        try await session.startCopy(statement, isInput: true)
        do {
            try await body(PostgresCopyWriter(session: session))
        } catch {
            // The server answers with an error that only repeats this one.
            _ = try? await session.endCopy(.copyEnd(reason: "the client gave up"))
            throw error
        }
        return try await session.endCopy(.copyEnd(reason: nil)).first?.affected ?? 0
    }

    /// Reads data with `COPY … TO STDOUT`. What `body` leaves unread is dropped; if it throws, the server is told to stop, which spoils the transaction.
    ///
    /// - Parameter statement: Without bound values, which COPY cannot have.
    public func copyOut<R>(_ statement: SQL, _ body: (PostgresCopyReader) async throws -> R) async throws -> R {
        try await session.startCopy(statement, isInput: false)
        let value: R
        do {
            value = try await body(PostgresCopyReader(session: session))
        } catch {
            // Ends with the error that the interruption causes; the one in hand says why.
            if session.isCopying { _ = try? await session.endCopy(.copyRead(CopyBuffer(discards: true)), interrupts: true) }
            throw error
        }
        if session.isCopying { _ = try await session.endCopy(.copyRead(CopyBuffer(discards: true))) }
        return value
    }
}

extension PostgresPool {
    /// Loads data with `COPY table (columns) FROM STDIN …` in a transaction of its own: all rows or none.
    ///
    ///     try await pool.copyIn("copy users (id, name) from stdin with (format csv)") { writer in
    ///         for try await chunk in file { try await writer.write(chunk) }
    ///     }
    ///
    /// - Returns: The number of rows.
    @discardableResult
    public func copyIn(_ statement: SQL, prelude: SQL? = nil, _ body: (PostgresCopyWriter) async throws -> Void) async throws -> Int {
        try await withTransaction(prelude: prelude) { try await $0.copyIn(statement, body) }
    }

    /// Reads data with `COPY table TO STDOUT …` or `COPY (select …) TO STDOUT …`, in a transaction of its own.
    public func copyOut<R>(_ statement: SQL, prelude: SQL? = nil, _ body: (PostgresCopyReader) async throws -> R) async throws -> R {
        try await withTransaction(prelude: prelude) { try await $0.copyOut(statement, body) }
    }
}
