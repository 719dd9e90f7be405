await P.full.waitForTimeout(100); await shot(P.full,'g3')
