/// The three arrays libpq wants for a statement's parameters, kept between statements.
struct ArgumentBuffers {
    private var values: [UnsafePointer<CChar>?] = []
    private var formats: [Int32] = []

    mutating func withPointers(
        to parameters: PostgresParameters,
        _ body: (UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?) -> Int32
    ) -> Int32 {
        guard !parameters.isEmpty else { return body(nil, nil, nil) }
        values.removeAll(keepingCapacity: true)
        formats.removeAll(keepingCapacity: true)
        for type in parameters.types { formats.append(type == PostgresType.inferred.rawValue ? 0 : 1) }
        return parameters.withBytes { bytes in
            var offset = 0
            for length in parameters.lengths {
                // An empty value still needs a pointer, since none means NULL.
                values.append(length < 0 ? nil : UnsafePointer(bytes + offset))
                offset += max(0, Int(length))
            }
            return parameters.lengths.withUnsafeBufferPointer { lengths in
                values.withUnsafeBufferPointer { values in
                    formats.withUnsafeBufferPointer { formats in body(values.baseAddress, lengths.baseAddress, formats.baseAddress) }
                }
            }
        }
    }
}
