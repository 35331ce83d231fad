// The store as GraphQL, for shoppers: node server.mjs SCHEMA PORT, with PGHOST, PGUSER, … of a login in
// shop_customer. Each request brings its token, which the database verifies; PostGraphile shows what
// that login may see and call, and nothing else.

import { createServer } from "node:http";
import pg from "pg";
import { postgraphile } from "postgraphile";

const [schema, port] = process.argv.slice(2);
const pool = new pg.Pool({ options: `-c search_path=${schema},pg_temp -c statement_timeout=5s` });

const shop = postgraphile(pool, schema, {
  ignoreRBAC: false,
  dynamicJson: true, // p_items and DETAIL as they are, not as text
  extendedErrors: ["errcode", "detail", "hint"],
  disableQueryLog: true,
  // Set in each request's transaction, bound and local to it: nobody else's request meets the token.
  pgSettings: async (request) => {
    const [, token = ""] = /^Bearer (\S+)$/.exec(request.headers.authorization ?? "") ?? [];
    return { "app.session_token": token };
  },
});

const server = createServer(shop).listen(Number(port), "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${server.address().port}/graphql`);
});
