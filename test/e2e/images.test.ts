import * as fs from "node:fs";
import { expect } from "chai";
import { forEachEngine } from "../support/withEngines.ts";
