extension CEL {
    /// What the checker has found out about types not yet known.
    struct Inference {
        private var bindings: [Int: ValueType] = [:]
        private var count = 0

        mutating func fresh() -> ValueType {
            count += 1
            return .variable(count)
        }

        /// The type with what is known filled in.
        func known(_ type: ValueType) -> ValueType {
            switch type {
            case .variable(let id): bindings[id].map(known) ?? type
            case .list(let element): .list(known(element))
            case .map(let key, let value): .map(known(key), known(value))
            case .optional(let type): .optional(known(type))
            case .type(let type): .type(known(type))
            default: type
            }
        }

        /// The type with `dyn` for what stays unknown.
        func final(_ type: ValueType) -> ValueType {
            switch known(type) {
            case .variable: .dyn
            case .list(let element): .list(final(element))
            case .map(let key, let value): .map(final(key), final(value))
            case .optional(let type): .optional(final(type))
            case .type(let type): .type(final(type))
            case let type: type
            }
        }

        private func occurs(_ id: Int, in type: ValueType) -> Bool {
            switch known(type) {
            case .variable(let other): id == other
            case .list(let type), .optional(let type), .type(let type): occurs(id, in: type)
            case .map(let key, let value): occurs(id, in: key) || occurs(id, in: value)
            default: false
            }
        }

        /// Whether a value of one type can stand where the other is asked for.
        mutating func unify(_ left: ValueType, _ right: ValueType) -> Bool {
            let left = known(left)
            let right = known(right)
            if left == right { return true }
            switch (left, right) {
            case (.variable(let id), let type), (let type, .variable(let id)):
                guard !occurs(id, in: type) else { return false }
                bindings[id] = type
                return true
            case (.dyn, _), (_, .dyn): return true
            case (.list(let a), .list(let b)), (.optional(let a), .optional(let b)): return unify(a, b)
            case (.type, .type): return true
            case (.map(let k, let v), .map(let l, let w)): return unify(k, l) && unify(v, w)
            case (.record, .record): return true
            case (.record, .map(let key, let value)), (.map(let key, let value), .record): return unify(key, .string) && unify(value, .dyn)
            case (.null, .timestamp), (.null, .duration), (.null, .optional), (.timestamp, .null), (.duration, .null), (.optional, .null):
                return true
            default: return false
            }
        }

        /// The type of values that are of one of two.
        mutating func join(_ left: ValueType, _ right: ValueType) -> ValueType {
            if known(left) == .dyn || known(right) == .dyn { return .dyn }
            let before = self
            if unify(left, right) {
                return known(left) == .null ? known(right) : general(known(left), known(right))
            }
            self = before
            return .dyn
        }

        /// Of two types that unify, `dyn` where one of them has it.
        private func general(_ left: ValueType, _ right: ValueType) -> ValueType {
            switch (left, right) {
            case (.dyn, _), (_, .dyn): .dyn
            case (.list(let a), .list(let b)): .list(general(a, b))
            case (.optional(let a), .optional(let b)): .optional(general(a, b))
            case (.map(let k, let v), .map(let l, let w)): .map(general(k, l), general(v, w))
            default: left
            }
        }

        mutating func instantiate(_ type: ValueType, _ names: inout [String: ValueType]) -> ValueType {
            switch type {
            case .parameter(let name):
                if let type = names[name] { return type }
                let type = fresh()
                names[name] = type
                return type
            case .list(let element): return .list(instantiate(element, &names))
            case .map(let key, let value): return .map(instantiate(key, &names), instantiate(value, &names))
            case .optional(let type): return .optional(instantiate(type, &names))
            case .type(let type): return .type(instantiate(type, &names))
            default: return type
            }
        }

        /// The result of the overloads that fit; nil when none does.
        mutating func result(of overloads: [Overload], _ arguments: [ValueType]) -> ValueType? {
            var result: ValueType?
            var kept: Inference?
            for overload in overloads where overload.parameters.count == arguments.count {
                var trial = self
                var names: [String: ValueType] = [:]
                let fits = zip(overload.parameters, arguments).allSatisfy { parameter, argument in
                    let wanted = trial.instantiate(parameter, &names)
                    return trial.unify(argument, wanted)
                }
                guard fits else { continue }
                let type = trial.known(trial.instantiate(overload.result, &names))
                if let found = result {
                    guard found != type else { continue }
                    result = .dyn
                } else {
                    result = type
                    kept = trial
                }
            }
            if let kept { self = kept }
            return result
        }
    }
}
