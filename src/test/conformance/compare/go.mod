module gantry/conformance/compare

go 1.26
