import Primitives
import Testing

@testable import Migrations

@Suite("Scripts")
struct ScriptTests {
    @Test("Statements end where the server says they do")
    func statements() {
        let text = """
            select 'a;b', "c;d", E'e\\';f', $$g;h$$, $tag$ i; $$ j $tag$; -- k; l
            /* m; /* n; */ o; */ create function f() returns int language sql begin atomic select case when true then 1 end; end;

            select 1
            """
        let script = SQLScript(text)
        #expect(script.statements.map(\.line) == [1, 2, 4])
        #expect(script.statements[0].tokens.filter { $0.kind == .string }.map(\.text) == ["a;b", "e';f", "g;h", " i; $$ j "])
        #expect(script.statements[1].text.hasSuffix("end; end"))
    }

    @Test("Directives, steps and what runs outside a transaction")
    func steps() {
        let script = SQLScript(
            """
            -- parents: 0001_a 0002_b
            -- allow: drop-column t.a
            create table t (a int);
            -- step
            alter type mood add value 'x';
            alter type mood add value 'y';
            insert into t select 1 where 'x' <> 'z';
            vacuum t;
            -- outside
            select 1;
            """)
        #expect(script.directives("allow") == ["drop-column t.a"])
        let steps = MigrationStep.steps(of: script)
        #expect(steps.map(\.kind) == [.transaction, .transaction, .transaction, .outside, .outside])
        #expect(steps.map(\.statements.count) == [1, 1, 2, 1, 1])
    }

    @Test("Names change inside expressions and nowhere else")
    func names() {
        let text = #"("old" > 1 and old < 2) or old(3) or 'old' = "Old" or t.old"#
        #expect(NameReplacement.apply(to: text, names: ["old": "new"]) == #"("new" > 1 and new < 2) or old(3) or 'old' = "Old" or t.new"#)
        #expect(NameReplacement.schemas(in: "public.f(a.b, 'public.x')") { $0 == "public" ? .some(nil) : nil } == "f(a.b, 'public.x')")
        #expect(
            plainNames(#"create table "a" ("user" int, "A""b" text default '"c"')"#)
                == #"create table a ("user" int, "A""b" text default '"c"')"#)
    }

    @Test(
        "SHA-256",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (String(repeating: "a", count: 1000), "41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3"),
        ])
    func hash(text: String, expected: String) { #expect(Hex.encode(SHA256.hash(text.utf8)) == expected) }
}
