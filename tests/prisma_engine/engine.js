#!/usr/bin/env node
// Prisma's query engine as WebAssembly behind the HTTP protocol of the native one, which LiteLLM's database client
// starts (PRISMA_QUERY_ENGINE_BINARY). It needs no download but that of npm packages, whose versions are pinned.
//
// The client asks in GraphQL, as prisma-client-py's `_builder.py` writes it; this engine takes Prisma's JSON protocol.
"use strict";
const fs = require("fs");
const http = require("http");
const path = require("path");

if (process.argv.includes("--version")) {
  console.log(`query-engine ${require("@prisma/engines-version").enginesVersion}`);
  process.exit(0);
}
const { Pool } = require("pg");
const { PrismaPg } = require("@prisma/adapter-pg");
const { bindAdapter } = require("@prisma/driver-adapter-utils");

const ACTION = new RegExp(
  "^(createOne|createMany|updateOne|updateMany|upsertOne|deleteOne|deleteMany|aggregate|groupBy" +
    "|findMany|findFirst|findUnique)(.+?)(OrThrow)?$",
);
const TRACE = "{}";

function engineOf(adapter) {
  const folder = path.join(path.dirname(require.resolve("@prisma/client/package.json")), "runtime");
  const bindings = require(path.join(folder, "query_engine_bg.postgresql.js"));
  const code = new WebAssembly.Module(fs.readFileSync(path.join(folder, "query_engine_bg.postgresql.wasm")));
  bindings.__wbg_set_wasm(new WebAssembly.Instance(code, { "./query_engine_bg.js": bindings }).exports);
  const datamodel = fs.readFileSync(process.env.PRISMA_DML_PATH, "utf8");
  const options = { datamodel, logLevel: "error", logQueries: false, enableTracing: false, configDir: "." };
  const settings = { env: process.env, ignoreEnvVarErrors: true, datasourceOverrides: {} };
  return new bindings.QueryEngine({ ...options, ...settings }, (line) => console.error(line), adapter);
}

// `query { result: findManyX (where: {...}) { id } }` as a question of the JSON protocol
function question(text) {
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[{}()[\]:]|[^\s{}()[\]:,"]+/g);
  let at = 2;
  const until = (end, take) => {
    while (tokens[at] !== end) take();
    at++;
  };
  const pairs = (end) => {
    const map = {};
    until(end, () => {
      const key = tokens[at++];
      at++;
      map[key] = value();
    });
    return map;
  };
  const value = () => {
    const token = tokens[at++];
    if (token === "{") return pairs("}");
    if (token === "[") {
      const list = [];
      until("]", () => list.push(value()));
      return list;
    }
    try {
      return JSON.parse(token);
    } catch {
      return token; // the word of an enumeration
    }
  };
  const selected = () => {
    const field = { arguments: {}, selection: {} };
    if (!"({".includes(tokens[at])) return true;
    if (tokens[at] === "(") at++, (field.arguments = pairs(")"));
    if (tokens[at] === "{") {
      at++;
      until("}", () => {
        const key = tokens[at++];
        field.selection[key] = selected();
      });
    }
    return field;
  };
  if (tokens[at + 1] === ":") at += 2;
  const method = tokens[at++];
  const [, action, modelName, ending] = ACTION.exec(method) || [];
  const query = selected();
  return action ? { modelName, action: action + (ending || ""), query } : { action: method, query };
}

// values without the types that the JSON protocol gives them, which GraphQL's answers have not
function plain(value) {
  if (Array.isArray(value)) return value.map(plain);
  if (!value || typeof value !== "object") return value;
  if ("$type" in value) return value.$type === "Json" ? JSON.parse(value.value) : value.value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]));
}

async function main() {
  const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 5 });
  const engine = engineOf(bindAdapter(new PrismaPg(pool)));
  await engine.connect(TRACE);

  const one = async ({ query }, transaction) => {
    const asked = question(query);
    const reply = JSON.parse(await engine.query(JSON.stringify(asked), TRACE, transaction));
    if (reply.errors) return reply;
    const [result] = Object.values(reply.data);
    return { data: { result: asked.modelName ? plain(result) : result } };
  };
  const answer = async (url, transaction, text) => {
    const [, first, id, act] = url.split("?")[0].split("/");
    if (first === "status") return { status: "ok" };
    if (first === "metrics") return { counters: [], gauges: [], histograms: [] };
    if (id === "start") return JSON.parse(await engine.startTransaction(text, TRACE));
    if (first === "transaction") return JSON.parse((await engine[`${act}Transaction`](id, TRACE)) || "{}");
    const asked = JSON.parse(text);
    if (!asked.batch) return one(asked, transaction);
    const results = [];
    for (const each of asked.batch) results.push(await one(each, transaction));
    return { batchResult: results };
  };

  const server = http.createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    let status = 200;
    let content;
    try {
      const transaction = request.headers["x-transaction-id"];
      content = await answer(request.url, transaction, Buffer.concat(chunks).toString());
    } catch (error) {
      [status, content] = [500, { error: `${error}` }];
    }
    response.writeHead(status, { "Content-Type": "application/json" });
    response.end(JSON.stringify(content));
  });
  server.listen(Number(process.argv[process.argv.indexOf("-p") + 1]), "localhost");
}

const parent = process.ppid;
setInterval(() => process.ppid === parent || process.exit(0), 1000).unref();
process.on("SIGINT", () => process.exit(0)).on("SIGTERM", () => process.exit(0));
main().catch((error) => {
  console.error(error);
  process.exit(1);
});
