"""Publishers' files to the warehouse: declare, stage, snapshot, build, check."""
