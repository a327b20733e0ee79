"""From submission to hand-over 提交, 审查, 立案, 交办: what members, committee and office may do."""
