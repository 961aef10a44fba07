export { foundation, type FoundationOutputs } from "./program.ts";
