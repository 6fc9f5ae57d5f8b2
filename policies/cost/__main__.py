"""The cost pack, run by Pulumi's policy engine."""

from policies.rule import mandatory_pack

mandatory_pack("roadbed-cost", "policies.cost")
