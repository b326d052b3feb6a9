// The official JavaScript client against the simulator at the address in SIMULATOR, unpatched. test_javascript_client.py runs it.
import "./session.js";
import "./orders.js";
import "./portfolio.js";
import "./market.js";
import "./faults.js";
