import { isDeepStrictEqual } from "node:util";
import type {
    CheckFailure,
    CheckResult,
    CreateResult,
    DiffResult,
    InvokeResult,
    Provider,
    ReadResult,
    UpdateResult,
} from "@pulumi/pulumi/provider/index.js";
import { decodeJwt } from "jose";
import { ArmClient, UnfinishedError } from "./armClient.ts";
import type { ResourceType } from "./resourceType.ts";
import {
    inputsOf,
    namingProblem,
    outputsOf,
    parametersOf,
    pathOf,
    pathParameters,
    requestBody,
    resourceType,
} from "./resourceType.ts";
import type { Cloud } from "./signIn.ts";
import { accessToken, discover, required } from "./signIn.ts";
import type { Properties } from "./values.ts";
import { applyChanges, isObject, keepSecrets, plain, unknown } from "./values.ts";

const packagePrefix = "azure-native:";

/** The API version with which the real plugin looks up where a resource group is. */
const groupApiVersion = "2020-10-01";

/** Where `main.ts` puts the old inputs on their way here; they are in no state. */
export const inputsKey = "__inputs";

interface Connection {
    readonly cloud: Cloud;
    readonly arm: ArmClient;
}

/** Stands in for the azure-native plugin where that cannot be downloaded, with the few resources used here. */
export class NativeProvider implements Provider {
    readonly version = "3.28.0";
    readonly #interrupted = new AbortController();
    readonly #connection: Promise<Connection>;

    constructor() {
        this.#connection = connect(this.#interrupted.signal);
        // Whoever needs it will hear of it.
        this.#connection.catch(() => undefined);
    }

    async check(urn: string, olds: Properties, news: Properties): Promise<CheckResult> {
        const type = typeOf(urn);
        const location = await this.#defaultLocation(type, plain(olds), plain(news));
        const inputs = { azureApiVersion: type.apiVersion, ...location, ...news };
        return { inputs, failures: [...missing(type, inputs), ...misnamed(type, plain(inputs))] };
    }

    diff(_id: string, urn: string, olds: Properties, news: Properties): Promise<DiffResult> {
        const type = typeOf(urn);
        const before = plain(previousInputs(olds));
        const after = plain(news);
        const changed = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
            (key) => !isDeepStrictEqual(comparable(key, before[key]), comparable(key, after[key])),
        );
        const replaces = changed.filter((key) => [...pathParameters(type), ...type.replaceOn].includes(key));
        return Promise.resolve({
            changes: changed.length > 0,
            replaces,
            deleteBeforeReplace: replaces.length > 0,
        });
    }

    async create(urn: string, news: Properties): Promise<CreateResult> {
        const type = typeOf(urn);
        const inputs = plain(news);
        const { arm } = await this.#connection;
        const path = pathOf(type, subscriptionId(), inputs);
        if (await arm.get(path, type.apiVersion))
            throw new Error(`cannot create already existing resource '${path}'`);
        const { id, outputs } = await this.#write(type, path, inputs);
        return { id, outs: keepSecrets(news, outputs) };
    }

    async update(_id: string, urn: string, _olds: Properties, news: Properties): Promise<UpdateResult> {
        const type = typeOf(urn);
        const inputs = plain(news);
        const { outputs } = await this.#write(type, pathOf(type, subscriptionId(), inputs), inputs);
        return { outs: keepSecrets(news, outputs) };
    }

    async read(id: string, urn: string, props: Properties): Promise<ReadResult> {
        const type = typeOf(urn);
        const { arm } = await this.#connection;
        const response = await arm.get(id, type.apiVersion);
        if (!response) return { id: "", props: {} };
        const outputs = outputsOf(type, response);
        const inputs = isObject(props[inputsKey])
            ? applyChanges(previousInputs(props), inputsOf(type, plain(props)), inputsOf(type, outputs))
            : { ...parametersOf(type, id), ...inputsOf(type, outputs), azureApiVersion: type.apiVersion };
        return { id, props: keepSecrets(inputs, outputs), inputs };
    }

    async delete(id: string, urn: string): Promise<void> {
        const { arm } = await this.#connection;
        await arm.delete(id, typeOf(urn).apiVersion);
    }

    async invoke(token: string, args: Properties): Promise<InvokeResult> {
        const inputs = plain(args);
        switch (token) {
            case `${packagePrefix}authorization:getClientToken`:
                return { outputs: { token: await this.#clientToken(inputs["endpoint"]) } };
            case `${packagePrefix}authorization:getClientConfig`:
                return { outputs: await this.#clientConfig() };
            default:
                return { outputs: await this.#lookUp(token, inputs) };
        }
    }

    /** Comes on Ctrl-C, and at the end of each deployment. */
    cancel(): Promise<void> {
        this.#interrupted.abort();
        return Promise.resolve();
    }

    /** PUT, then GET: the state is what a refresh would find. */
    async #write(
        type: ResourceType,
        path: string,
        inputs: Properties,
    ): Promise<{ id: string; outputs: Properties }> {
        const { arm } = await this.#connection;
        const body = requestBody(type, inputs);
        const written = await arm.put(path, type.apiVersion, body).catch(async (error: unknown) => {
            const properties = this.#interrupted.signal.aborted
                ? // Whether it is there nobody knows; the next update writes it in any case.
                  inputs
                : // It is there, but not as it should be: kept in the state, so that the next update repairs it.
                  error instanceof UnfinishedError &&
                  outputsOf(type, (await arm.get(path, type.apiVersion)) ?? {});
            if (properties === false || !(error instanceof Error)) throw error;
            throw Object.assign(error, { id: path, properties, reasons: [error.message] });
        });
        const response = await arm.get(path, type.apiVersion).catch(() => undefined);
        // Where it can't be read, the real plugin keeps the answer to the PUT as it came, without taking it apart.
        return response
            ? { id: String(response["id"]), outputs: outputsOf(type, response) }
            : { id: path, outputs: { ...written, azureApiVersion: type.apiVersion } };
    }

    async #defaultLocation(type: ResourceType, olds: Properties, news: Properties): Promise<Properties> {
        if (!("location" in type.inputs) || news["location"] !== undefined) return {};
        if (olds["location"] !== undefined) return { location: olds["location"] };
        const group = news["resourceGroupName"];
        if (group === unknown) return { location: unknown };
        if (typeof group !== "string" || type.path.endsWith("{resourceGroupName}")) return {};
        const { arm } = await this.#connection;
        const response = await arm.get(
            `/subscriptions/${subscriptionId()}/resourceGroups/${group}`,
            groupApiVersion,
        );
        return response ? { location: response["location"] } : {};
    }

    async #clientToken(endpoint: unknown): Promise<string> {
        const { cloud } = await this.#connection;
        const resource =
            typeof endpoint === "string" && endpoint !== "" ? endpoint : `${cloud.resourceManager}/`;
        return accessToken(process.env, cloud, `${resource}/.default`);
    }

    async #clientConfig(): Promise<Properties> {
        const { cloud } = await this.#connection;
        const claims = decodeJwt(await accessToken(process.env, cloud, `${cloud.microsoftGraph}/.default`));
        return {
            clientId: claims["appid"],
            objectId: claims["oid"],
            subscriptionId: subscriptionId(),
            tenantId: claims["tid"],
        };
    }

    /** `getToken` and the like: the resource of the type behind `get`, as it is. */
    async #lookUp(token: string, inputs: Properties): Promise<Properties> {
        const type = resourceType(token.slice(packagePrefix.length).replace(":get", ":"));
        if (!type) throw new Error(`the stand-in for azure-native has no function '${token}'`);
        const { arm } = await this.#connection;
        const path = pathOf(type, subscriptionId(), inputs);
        const response = await arm.get(path, type.apiVersion);
        if (!response) throw new Error(`request failed ${path}: Status=404`);
        return outputsOf(type, response);
    }
}

function typeOf(urn: string): ResourceType {
    const token = urn.split("::")[2]?.split("$").pop() ?? "";
    const type = resourceType(token.slice(packagePrefix.length));
    if (!type) throw new Error(`the stand-in for azure-native has no resource '${token}'`);
    return type;
}

/** One metadata request, whether or not there is anything to do, and a token when it is first needed. */
async function connect(signal: AbortSignal): Promise<Connection> {
    const cloud = await discover(process.env);
    const token = once(() => accessToken(process.env, cloud, `${cloud.resourceManagerAudience}/.default`));
    return { cloud, arm: new ArmClient(cloud.resourceManager, token, signal) };
}

/** The real plugin makes up a name; here a program must choose one. */
function missing(type: ResourceType, inputs: Properties): readonly CheckFailure[] {
    const required = [...pathParameters(type), ...("location" in type.inputs ? ["location"] : [])];
    return required
        .filter((name) => inputs[name] === undefined)
        .map((property) => ({ property, reason: `missing required property '${property}'` }));
}

function misnamed(type: ResourceType, inputs: Properties): readonly CheckFailure[] {
    return pathParameters(type).flatMap((property) => {
        const value = inputs[property];
        if (typeof value !== "string" || value === unknown) return [];
        const reason = namingProblem(type, property, value);
        return reason === undefined ? [] : [{ property, reason }];
    });
}

function previousInputs(state: Properties): Properties {
    const inputs = state[inputsKey];
    return isObject(inputs) ? inputs : {};
}

function comparable(key: string, value: unknown): unknown {
    if (typeof value !== "string") return value;
    if (key === "location") return value.toLowerCase().replaceAll(" ", "");
    return key === "resourceGroupName" ? value.toLowerCase() : value;
}

function subscriptionId(): string {
    return required(process.env, "ARM_SUBSCRIPTION_ID");
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
    let made: Promise<T> | undefined;
    return () => (made ??= make());
}
