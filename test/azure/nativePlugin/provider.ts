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

/**
 * Node's plugin server hands over neither the old inputs nor, on a read, any inputs at all, so they are kept in the
 * state, where the real plugin had them too before its version 3.
 */
const inputsKey = "__inputs";

interface Connection {
    readonly cloud: Cloud;
    readonly arm: ArmClient;
}

/** Stands in for the azure-native plugin where that cannot be downloaded, with the few resources used here. */
export class NativeProvider implements Provider {
    readonly version = "3.28.0";
    #connection: Promise<Connection> | undefined;

    async check(urn: string, olds: Properties, news: Properties): Promise<CheckResult> {
        const type = typeOf(urn);
        const location = await this.#defaultLocation(type, plain(olds), plain(news));
        const failures = missing(type, { ...location, ...news }).map((property): CheckFailure => ({
            property,
            reason: `missing required property '${property}'`,
        }));
        return { inputs: { azureApiVersion: type.apiVersion, ...location, ...news }, failures };
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
        const { arm } = await this.#connect();
        const path = pathOf(type, subscriptionId(), inputs);
        if (await arm.get(path, type.apiVersion))
            throw new Error(`cannot create already existing resource '${path}'`);
        const { id, outputs } = await this.#write(type, path, inputs);
        return { id, outs: { ...keepSecrets(news, outputs), [inputsKey]: news } };
    }

    async update(_id: string, urn: string, _olds: Properties, news: Properties): Promise<UpdateResult> {
        const type = typeOf(urn);
        const inputs = plain(news);
        const { outputs } = await this.#write(type, pathOf(type, subscriptionId(), inputs), inputs);
        return { outs: { ...keepSecrets(news, outputs), [inputsKey]: news } };
    }

    async read(id: string, urn: string, props: Properties): Promise<ReadResult> {
        const type = typeOf(urn);
        const { arm } = await this.#connect();
        const response = await arm.get(id, type.apiVersion);
        if (!response) return { id: "", props: {} };
        const outputs = outputsOf(type, response);
        const inputs = isObject(props[inputsKey])
            ? applyChanges(previousInputs(props), inputsOf(type, plain(props)), inputsOf(type, outputs))
            : { ...parametersOf(type, id), ...inputsOf(type, outputs), azureApiVersion: type.apiVersion };
        return { id, props: { ...keepSecrets(inputs, outputs), [inputsKey]: inputs }, inputs };
    }

    async delete(id: string, urn: string): Promise<void> {
        const { arm } = await this.#connect();
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

    /** The connection is made when it is first needed: a preview of nothing but checks needs no Azure. */
    async #connect(): Promise<Connection> {
        this.#connection ??= discover(process.env).then((cloud) => {
            const token = once(() =>
                accessToken(process.env, cloud, `${cloud.resourceManagerAudience}/.default`),
            );
            return { cloud, arm: new ArmClient(cloud.resourceManager, token) };
        });
        return this.#connection;
    }

    /** PUT, then GET: the state is what a refresh would find, unless what was written is not seen yet. */
    async #write(
        type: ResourceType,
        path: string,
        inputs: Properties,
    ): Promise<{ id: string; outputs: Properties }> {
        const { arm } = await this.#connect();
        const written = await arm
            .put(path, type.apiVersion, requestBody(type, inputs))
            .catch(async (error: unknown) => {
                if (!(error instanceof UnfinishedError)) throw error;
                // It is there, but not as it should be: kept in the state, so that the next update mends it.
                const state = (await arm.get(path, type.apiVersion)) ?? {};
                const properties = { ...outputsOf(type, state), [inputsKey]: inputs };
                throw Object.assign(error, { id: path, properties, reasons: [error.message] });
            });
        const response = (await arm.get(path, type.apiVersion)) ?? written;
        return { id: String(response["id"]), outputs: outputsOf(type, response) };
    }

    async #defaultLocation(type: ResourceType, olds: Properties, news: Properties): Promise<Properties> {
        if (!("location" in type.inputs) || news["location"] !== undefined) return {};
        if (olds["location"] !== undefined) return { location: olds["location"] };
        const group = news["resourceGroupName"];
        if (group === unknown) return { location: unknown };
        if (typeof group !== "string" || type.path.endsWith("{resourceGroupName}")) return {};
        const { arm } = await this.#connect();
        const response = await arm.get(
            `/subscriptions/${subscriptionId()}/resourceGroups/${group}`,
            groupApiVersion,
        );
        return response ? { location: response["location"] } : {};
    }

    async #clientToken(endpoint: unknown): Promise<string> {
        const { cloud } = await this.#connect();
        const resource =
            typeof endpoint === "string" && endpoint !== "" ? endpoint : `${cloud.resourceManager}/`;
        return accessToken(process.env, cloud, `${resource}/.default`);
    }

    async #clientConfig(): Promise<Properties> {
        const { cloud } = await this.#connect();
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
        const { arm } = await this.#connect();
        const path = pathOf(type, subscriptionId(), inputs);
        const response = await arm.get(path, type.apiVersion);
        if (!response) throw new Error(`request failed ${path}: Status=404`);
        return { id: response["id"], ...outputsOf(type, response) };
    }
}

function typeOf(urn: string): ResourceType {
    const token = urn.split("::")[2]?.split("$").pop() ?? "";
    const type = resourceType(token.slice(packagePrefix.length));
    if (!type) throw new Error(`the stand-in for azure-native has no resource '${token}'`);
    return type;
}

/** The real plugin makes up a name; here a program must choose one. */
function missing(type: ResourceType, inputs: Properties): readonly string[] {
    const required = [...pathParameters(type), ...("location" in type.inputs ? ["location"] : [])];
    return required.filter((name) => inputs[name] === undefined);
}

function previousInputs(state: Properties): Properties {
    const inputs = state[inputsKey];
    return isObject(inputs) ? inputs : {};
}

function comparable(key: string, value: unknown): unknown {
    return key === "location" && typeof value === "string" ? value.toLowerCase().replaceAll(" ", "") : value;
}

function subscriptionId(): string {
    return required(process.env, "ARM_SUBSCRIPTION_ID");
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
    let made: Promise<T> | undefined;
    return () => (made ??= make());
}
