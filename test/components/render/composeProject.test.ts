import { expect } from "chai";
import { ComposeError, readComposeProject } from "../../../components/render/composeProject.ts";

type Texts = Readonly<Record<string, string>>;

/** In the folder /p, where there is nothing but these. */
function read(texts: Texts, folder = "/p", files: readonly string[] = ["/p/compose.yaml"]) {
    return readComposeProject(folder, files, (file) => texts[file]);
}

describe("a Compose project", () => {
    it("tells by which files it is made besides those that are given", () => {
        const texts = {
            "/p/compose.yaml":
                "include: [sub/a.yaml]\nservices: { a: { extends: { file: b.yaml, service: b } } }",
            "/p/sub/a.yaml": "services: { c: { extends: { file: ../b.yaml, service: b } } }",
            "/p/b.yaml": "services: { b: { image: x } }",
            "/p/.env": "A=1",
        };
        expect([...read(texts).files].sort()).to.deep.equal(["/p/b.yaml", "/p/sub/a.yaml"]);
    });

    it("is at the root as it is elsewhere", () => {
        const texts = {
            "/compose.yaml": "name: p\nservices: { a: { build: { context: '$A' } }, b: { build: { } } }",
            "/.env": "A=a",
        };
        const { services } = read(texts, "/", ["/compose.yaml"]);
        expect(services.get("a")?.build?.context).to.equal("/a");
        expect(services.get("b")?.build?.context).to.equal("/");
    });

    it("has its folder's name and nothing else without a file", () => {
        expect(read({}, "/some/folder", [])).to.deep.equal({
            name: "folder",
            services: new Map(),
            files: [],
        });
    });

    it("lets an error of reading through", () => {
        const error = new Error("EACCES");
        const refuse = (): never => {
            throw error;
        };
        expect(() => readComposeProject("/p", ["/p/compose.yaml"], refuse)).to.throw(error);
    });

    const refused: Readonly<Record<string, Texts>> = {
        "/p/compose.yaml is missing": {},
        "/p/x.yaml is missing": { "/p/compose.yaml": "include: [x.yaml]" },
        "/p/compose.yaml is no Compose file: it has no map at its top": { "/p/compose.yaml": "- a" },
        "/p/compose.yaml can't be read (Flow sequence in block collection must be sufficiently indented and end with a ] at line 1, column 5)":
            { "/p/compose.yaml": "a: [" },
        "/p/compose.yaml can't be read (Unresolved alias (the anchor must be set before the alias): b)": {
            "/p/compose.yaml": "a: *b",
        },
        "/p/compose.yaml can't be read (an alias is in what it stands for)": {
            "/p/compose.yaml": "a: &a [*a]",
        },
        "/p/compose.yaml: x${ has a variable that has no end or no name": {
            "/p/compose.yaml": "services: { a: { image: 'x${' } }",
        },
        "/p/.env: ${B has a variable that has no end or no name": {
            "/p/compose.yaml": "services: {}",
            "/p/.env": "A=${B",
        },
        "/p/compose.yaml: the service a extends itself": {
            "/p/compose.yaml": "services: { a: { extends: b }, b: { extends: a } }",
        },
        "/p/compose.yaml: the service a extends b, which isn't there": {
            "/p/compose.yaml": "services: { a: { extends: b } }",
        },
        "/p/compose.yaml: the service a extends b of /p/x.yaml, which isn't there": {
            "/p/compose.yaml": "services: { a: { extends: { file: x.yaml, service: b } }, b: { image: x } }",
            "/p/x.yaml": "",
        },
        "/p/compose.yaml: extends names b${N}${N}, and nothing sets N": {
            "/p/compose.yaml": "services: { a: { extends: 'b$N${N}' } }",
        },
        "/p/compose.yaml: extends names ${N}.yaml, and nothing sets N": {
            "/p/compose.yaml": "services: { a: { extends: { service: b, file: '$N.yaml' } } }",
        },
        "/p/compose.yaml: include names ${N}.yaml, and nothing sets N": {
            "/p/compose.yaml": "include: ['$N.yaml']",
        },
        "/p/compose.yaml includes a.yaml, oci://x, which is not in the repository": {
            "/p/compose.yaml": "include: [{ path: [a.yaml, 'oci://x'] }]",
            "/p/a.yaml": "services: {}",
        },
        "/p/a.yaml includes /p/compose.yaml, which includes it": {
            "/p/compose.yaml": "include: [a.yaml]",
            "/p/a.yaml": "include: [compose.yaml]",
        },
    };
    for (const [message, texts] of Object.entries(refused)) {
        it(`is refused: ${message}`, () => {
            expect(() => read(texts))
                .to.throw(ComposeError)
                .with.property("message", message);
        });
    }
});
