"""Rule packs (规则包), holiday calendars (放假安排) and the arithmetic that turns both into clocks (时限).

Every deadline differs by place in value, unit and starting event, so no number of the trade stands in code:
it stands in `packs/` with its source, or is marked there as chosen. `pack` reads a pack, `calendar` a
year's holidays, `due` computes the days, `shelf` hands out the files that ship with Yishi. Nothing here
reads a clock or touches a network.
"""
