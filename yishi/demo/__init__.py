"""The demo: one department's year of 303 cases, driven through the four services over HTTP and checked by figures."""
