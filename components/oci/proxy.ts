import { BlockList, isIP, isIPv6 } from "node:net";
import type { Dispatcher } from "undici";

type Environment = Readonly<Record<string, string | undefined>>;

/** This machine, where the local registry is. */
const own = ["localhost", "127.0.0.0/8", "::1"];

/** What {@link useProxy} was told; before that, nothing goes through a proxy. */
let inUse: Environment = {};

/**
 * Sends what `fetch` asks through the proxy of the environment, by the rules of Go programs such as azure-native.
 * (Not by Node's NODE_USE_ENV_PROXY, which Node 22.18 doesn't have, nor by EnvHttpProxyAgent: both send what is for
 * this machine to the proxy as well, and know no networks in NO_PROXY.)
 */
export async function useProxy(environment: Environment = process.env): Promise<void> {
    inUse = environment;
    if (!["HTTP_PROXY", "HTTPS_PROXY"].some((name) => read(name, environment) !== undefined)) return;
    // Loading it takes a moment, and nobody else should wait for that.
    const [{ Agent, setGlobalDispatcher }, agentFor] = await Promise.all([import("undici"), loadAgents()]);
    const proxies = new Map<string, Dispatcher>();
    const through = (uri: string): Dispatcher => {
        const agent = proxies.get(uri) ?? agentFor(uri, {});
        proxies.set(uri, agent);
        return agent;
    };
    const agent = new Agent().compose((dispatch) => (options, handler) => {
        const uri = proxyFor(new URL(options.origin ?? ""), environment);
        return uri === undefined ? dispatch(options, handler) : through(uri).dispatch(options, handler);
    });
    setGlobalDispatcher(agent);
}

/** The proxy that a question to a registry goes through; undefined when there is none for it. */
export function proxyInUse(url: URL): string | undefined {
    return proxyFor(url, inUse);
}

/** Authorities, and a certificate of our own, in PEM. */
interface Certificates {
    readonly ca?: string[];
    readonly cert?: string;
    readonly key?: string;
}

/** A way through a proxy, to a host with these certificates. */
export async function agentThrough(uri: string, tls: Certificates): Promise<Dispatcher> {
    return (await loadAgents())(uri, tls);
}

async function loadAgents(): Promise<(uri: string, tls: Certificates) => Dispatcher> {
    const { Pool, ProxyAgent } = await import("undici");

    // Of itself it would try a proxy that hangs up again at once, without end, and call a refusal an interruption.
    class Entrance extends Pool {
        override async connect(request: Dispatcher.ConnectOptions): Promise<Dispatcher.ConnectData> {
            const who = `the proxy ${new URL(request.origin).host}`;
            const answer = await super.connect(request).catch((error: unknown) => {
                throw new Error(`${who}: ${error instanceof Error ? error.message : String(error)}`);
            });
            if (answer.statusCode === 200) return answer;
            answer.socket.on("error", () => undefined).destroy();
            throw new Error(`${who} answers ${answer.statusCode}`);
        }
    }

    const clientFactory = (origin: URL, options: object) => new Entrance(origin, options);
    // Proxies often allow a tunnel for HTTPS only.
    return (uri, requestTls) => new ProxyAgent({ uri, clientFactory, proxyTunnel: false, requestTls });
}

/** The proxy that a request has to go through; undefined when there is none for it. */
export function proxyFor(url: URL, environment: Environment): string | undefined {
    const name = url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
    const proxy = read(name, environment);
    if (proxy === undefined) return undefined;
    const listed = (read("NO_PROXY", environment) ?? "")
        .split(",")
        .map((entry) => entry.trim().toLowerCase());
    if ([...own, ...listed].some((entry) => covers(entry, url))) return undefined;
    const address = /^(https?|socks5):\/\//i.test(proxy) ? proxy : `http://${proxy}`;
    // Not shown, as it may have a password.
    if (!URL.canParse(address)) throw new Error(`${name} is not the address of a proxy`);
    return address;
}

function read(name: string, environment: Environment): string | undefined {
    // An empty variable is as good as none.
    return [environment[name], environment[name.toLowerCase()]].find(
        (value) => value !== undefined && value !== "",
    );
}

/** Whether an entry of NO_PROXY is for the URL: `*`, an address, a network, or a domain; all but networks with a port. */
function covers(entry: string, url: URL): boolean {
    const host = url.hostname.replace(/^\[|\]$/g, "");
    if (entry === "*" || isWithin(host, entry)) return true;
    const port = url.port === "" ? { "http:": "80", "https:": "443" }[url.protocol] : url.port;
    const [, name = "", only = port] = /^\[?(.+?)\]?(?::(\d+))?$/.exec(entry) ?? [];
    if (name === "" || only !== port) return false;
    const below = name.replace(/^\*?\.?/, ".");
    return isWithin(host, name) || host === name || host.endsWith(below);
}

/** Whether a host is an address, or an address of a network such as `10.0.0.0/8`. */
function isWithin(host: string, network: string): boolean {
    const [, address = "", digits] = /^([^/]*)(?:\/(\d+))?$/.exec(network) ?? [];
    if (isIP(host) === 0 || isIP(address) === 0) return false;
    const bits = isIPv6(address) ? 128 : 32;
    const length = Number(digits ?? bits);
    if (length > bits) return false;
    const list = new BlockList();
    list.addSubnet(address, length, isIPv6(address) ? "ipv6" : "ipv4");
    return list.check(host, isIPv6(host) ? "ipv6" : "ipv4");
}
