import protocol from "@pulumi/pulumi/proto/provider_pb.js";
import { main } from "@pulumi/pulumi/provider/server.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import { NativeProvider } from "./provider.ts";

// The engine holds the other end until it ends, however it ends: nobody else would stop the plugin of one that was killed.
process.stdin.on("end", () => process.exit()).resume();

// Node's plugin server fails at an import, for which the engine has no properties yet.
const { ReadRequest } = protocol;
const decode = ReadRequest.deserializeBinary.bind(ReadRequest);
ReadRequest.deserializeBinary = (bytes) => {
    const request = decode(bytes);
    return request.hasProperties() ? request : request.setProperties(new struct.Struct());
};

await main(new NativeProvider(), process.argv.slice(2));
