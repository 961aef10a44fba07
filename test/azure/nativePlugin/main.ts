import { writeFileSync } from "node:fs";
import { join } from "node:path";
import protocol from "@pulumi/pulumi/proto/provider_pb.js";
import { main } from "@pulumi/pulumi/provider/server.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import { inputsKey, NativeProvider } from "./provider.ts";

type Struct = struct.Struct;

// Where a test looks for the plugins that it has to end: like the real one, this one outlives an engine that is killed.
const folder = process.env["STAND_IN_PLUGINS"];
if (folder !== undefined) writeFileSync(join(folder, String(process.pid)), "");
const engine = process.ppid;
setInterval(
    () => {
        if (process.ppid !== engine) process.exit();
    },
    5 * 60 * 1000,
).unref();

/** The inputs among the other properties, since Node's plugin server hands over nothing else. */
function withInputs(properties: Struct | undefined, inputs: Struct | undefined): Struct {
    // At an import the engine has neither, which the plugin server does not expect.
    const joined = properties ?? new struct.Struct();
    if (inputs !== undefined) {
        joined.getFieldsMap().set(inputsKey, new struct.Value().setStructValue(inputs));
    }
    return joined;
}

const { DiffRequest, ReadRequest } = protocol;
const decodeDiff = DiffRequest.deserializeBinary.bind(DiffRequest);
DiffRequest.deserializeBinary = (bytes) => {
    const request = decodeDiff(bytes);
    return request.setOlds(withInputs(request.getOlds(), request.getOldInputs()));
};
const decodeRead = ReadRequest.deserializeBinary.bind(ReadRequest);
ReadRequest.deserializeBinary = (bytes) => {
    const request = decodeRead(bytes);
    return request.setProperties(withInputs(request.getProperties(), request.getInputs()));
};

await main(new NativeProvider(), process.argv.slice(2));
